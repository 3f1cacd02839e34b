/** Field rules: paths that parse and stay quick, entities that exist. */
import { parseFieldPath } from '../masking/fields/field-path.ts';
import { parseProtobufPath } from '../masking/fields/protobuf-path.ts';
import type { Diagnostic } from './config.ts';
import { type Entry, read } from './entries.ts';
import { didYouMean } from './suggest.ts';

/** @param known names that a value can be hidden as */
export function fieldFaults(entry: Entry, known: readonly string[]): readonly Diagnostic[] {
  return fieldIndexes(entry).flatMap((index) => [
    ...placeFaults(entry, index),
    ...pathFaults(entry, index),
    ...protobufFaults(entry, index),
    ...nameFaults(entry, index, known),
  ]);
}

/** Names that field rules hide values as. */
export const fieldNames = (entry: Entry): readonly string[] =>
  fieldIndexes(entry).flatMap((index) => {
    const name = read(entry, 'fields', index, 'as');
    return typeof name === 'string' ? [name] : [];
  });

export function fieldIndexes(entry: Entry): readonly number[] {
  const fields = read(entry, 'fields');
  return Array.isArray(fields) ? [...fields.keys()] : [];
}

function placeFaults(entry: Entry, index: number): readonly Diagnostic[] {
  const has = (key: string): boolean => read(entry, 'fields', index, key) !== undefined;
  if (has('path') || has('protobuf') || !has('as')) return [];
  const message = 'where is it? say path (of JSON), protobuf, or both';
  return [entry.source.at([...entry.path, 'fields', index], message)];
}

function pathFaults(entry: Entry, index: number): readonly Diagnostic[] {
  const path = read(entry, 'fields', index, 'path');
  if (typeof path !== 'string' || path === '') return [];
  const parsed = parseFieldPath(path);
  if (parsed.ok) return [];
  const { message, offset } = parsed.error;
  const at = [...entry.path, 'fields', index, 'path'];
  return [entry.source.atCharacter(at, offset, `path: ${message} (character ${offset + 1})`)];
}

function protobufFaults(entry: Entry, index: number): readonly Diagnostic[] {
  const path = read(entry, 'fields', index, 'protobuf');
  if (typeof path !== 'string' || path === '') return [];
  const parsed = parseProtobufPath(path);
  if (parsed.ok) return [];
  const { message, offset, word, known = [] } = parsed.error;
  const hint = known.length === 0 ? undefined : (didYouMean(word ?? '', known) ?? `known: ${known.join(', ')}`);
  const at = [...entry.path, 'fields', index, 'protobuf'];
  return [entry.source.atCharacter(at, offset, `protobuf: ${message} (character ${offset + 1})`, hint)];
}

function nameFaults(entry: Entry, index: number, known: readonly string[]): readonly Diagnostic[] {
  const name = read(entry, 'fields', index, 'as');
  if (typeof name !== 'string' || known.includes(name)) return [];
  const at = [...entry.path, 'fields', index, 'as'];
  return [entry.source.at(at, `unknown entity "${name}"`, didYouMean(name, known) ?? `known: ${known.join(', ')}`)];
}
