import { valueAt } from './issues.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** One entry of a list or a mapping, wherever it was written, valid or not. */
export interface Entry {
  readonly source: YamlSource;
  readonly path: Path;
  readonly name: string | undefined;
}

export function read(entry: Entry, ...path: Path): unknown {
  return valueAt(entry.source.raw, [...entry.path, ...path]);
}

/** Entries of a list section; each says its own name. */
export function listEntries(source: YamlSource, section: string): readonly Entry[] {
  const list = valueAt(source.raw, [section]);
  if (!Array.isArray(list)) return [];
  return list.map((item: unknown, index) => {
    const name = valueAt(item, ['name']);
    return { source, path: [section, index], name: typeof name === 'string' ? name : undefined };
  });
}

/** Mask profiles; their names are the keys. */
export function profileEntries(source: YamlSource): readonly Entry[] {
  const section = valueAt(source.raw, ['mask']);
  if (typeof section !== 'object' || section === null || Array.isArray(section)) return [];
  return Object.keys(section).map((name) => ({ source, path: ['mask', name], name }));
}
