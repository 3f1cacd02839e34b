/** One YAML file with a way back from every value to its line and column. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { err, ok, type Result } from '../result.ts';
import type { Diagnostic } from './config.ts';
import { offsetInScalar } from './scalar-offset.ts';

export type Path = readonly PropertyKey[];

export interface YamlSource {
  readonly file: string;
  /** The plain value; what a schema validates. */
  readonly raw: unknown;
  /** At the value; at its nearest existing parent when it is missing. */
  at(path: Path, message: string, hint?: string): Diagnostic;
  /** At the key of a mapping entry: for keys that should not be there. */
  atKey(path: Path, message: string, hint?: string): Diagnostic;
  /** At one character of a text value; at its line when the scalar is folded, because characters have moved there. */
  atCharacter(path: Path, offset: number, message: string, hint?: string): Diagnostic;
}

/** Syntax errors, duplicate keys, aliases, tags and second documents are all refused, together. */
export function parseYaml(file: { readonly name: string; readonly text: string }): Result<YamlSource, Diagnostic[]> {
  const lines = new LineCounter();
  const document = parseDocument(file.text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: false,
  });
  const place = (offset: number, message: string, hint?: string): Diagnostic => {
    const { line, col } = lines.linePos(offset);
    return { file: file.name, line: Math.max(line, 1), column: Math.max(col, 1), message, ...(hint && { hint }) };
  };
  const faults = [...document.errors, ...document.warnings].map((fault) =>
    place(fault.pos[0], `YAML: ${fault.message}`),
  );
  visit(document, {
    Alias: (_, alias) => {
      faults.push(place(startOf(alias), `YAML alias *${alias.source} is refused`, 'write the value out'));
    },
  });
  if (faults.length > 0) return err(faults);
  if (document.contents === null) return err([place(0, 'the file is empty')]);
  return ok(sourceOf(file, document, place));
}

function sourceOf(
  file: { readonly name: string; readonly text: string },
  document: Document.Parsed,
  place: (offset: number, message: string, hint?: string) => Diagnostic,
): YamlSource {
  return {
    file: file.name,
    raw: document.toJS({ maxAliasCount: 0 }),
    at: (path, message, hint) => place(startOf(find(document.contents, path).node), message, hint),
    atKey: (path, message, hint) => {
      const found = find(document.contents, path);
      return place(startOf(found.key ?? found.node), message, hint);
    },
    atCharacter: (path, offset, message, hint) => {
      const { node } = find(document.contents, path);
      const start = startOf(node);
      const shift = isScalar(node) ? offsetInScalar(file.text, node, offset) : 0;
      return place(start + (shift ?? 0), message, hint);
    },
  };
}

/** The node at `path`, or the deepest one on the way to it. */
function find(root: unknown, path: Path): { readonly node: Node | undefined; readonly key: Node | undefined } {
  let node = isNode(root) ? root : undefined;
  let key: Node | undefined;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair) return { node: key ?? node, key };
      key = isNode(pair.key) ? pair.key : undefined;
      node = isNode(pair.value) ? pair.value : key;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)];
      if (!isNode(item)) return { node, key };
      node = item;
      key = undefined;
    } else {
      return { node, key };
    }
  }
  return { node: isAlias(node) ? key : node, key };
}

function startOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}
