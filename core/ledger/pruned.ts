/**
 * What a ledger's file keeps in the place of records that were removed because Kafka has them (ADR 0035): the tree over them and where
 * the next record goes on. Nothing in it is signed by itself; the next signed checkpoint covers it.
 */
import { fromBase64Url, toBase64Url } from '../base64.ts';
import type { Hash } from '../ports.ts';
import { canonicalJson } from './canonical.ts';
import type { Json, JsonObject } from './record.ts';
import { isObject } from './stored-record.ts';
import { type Topic, topics } from './topics.ts';
import { appendLeaves, type CompactTree, emptyTree, nodeOf } from './tree/compact-tree.ts';

/** Records 1 to `tree.size` - 1 are gone; record 0 stays, as it says who writes and what came before. */
export interface Pruned {
  readonly tree: CompactTree;
  /** From record 0 up to the first root of the tree: what each node is joined with on its right. */
  readonly path: readonly Uint8Array[];
  /** Base64url of the last leaf that is gone. */
  readonly prev: string;
  /** The next number of each topic that has had any. */
  readonly lanes: ReadonlyMap<Topic, number>;
}

export interface PrunedRecord {
  readonly leaf: Uint8Array;
  readonly topic: Topic;
}

const hashBytes = 32;
const maxLength = 16 * 1024;
const memberCount = 5;

/** Nothing is gone yet. @param first leaf of `ledger.opened` */
export function nothingPruned(hash: Hash, first: Uint8Array): Pruned {
  const none = { tree: emptyTree, path: [], prev: '', lanes: new Map() };
  return prunedFurther(hash, none, [{ leaf: first, topic: 'admin' }]);
}

/** @param records the next ones, without a gap */
export function prunedFurther(hash: Hash, before: Pruned, records: readonly PrunedRecord[]): Pruned {
  const last = records.at(-1);
  if (last === undefined) return before;
  const path = [...before.path];
  const leaves = records.map(({ leaf }) => leaf);
  const tree = appendLeaves(hash, before.tree, leaves, (node) => path.push(node));
  const lanes = new Map(before.lanes);
  for (const { topic } of records) lanes.set(topic, (lanes.get(topic) ?? 0) + 1);
  return { tree, path, prev: toBase64Url(last.leaf), lanes };
}

/** As it stands in a file and in a bundle: canonical JSON. */
export function prunedText({ tree, path, prev, lanes }: Pruned): string {
  const text = canonicalJson({
    path: path.map(toBase64Url),
    prev,
    pseq: Object.fromEntries(lanes),
    size: tree.size,
    tree: tree.roots.map(toBase64Url),
  });
  if (!text.ok) throw new TypeError(text.error.reason);
  return text.value;
}

/** @returns undefined for anything that no writer would have written */
export function parsePruned(found: unknown): Pruned | undefined {
  const value = typeof found === 'string' && found.length <= maxLength ? parseObject(found) : undefined;
  if (value === undefined || Object.keys(value).length !== memberCount) return undefined;
  const { size, prev } = value;
  const [path, roots, lanes] = [hashesOf(value['path']), hashesOf(value['tree']), lanesOf(value['pseq'])];
  if (typeof size !== 'number' || size < 2 || path === undefined || roots === undefined || lanes === undefined)
    return undefined;
  const digits = size.toString(2);
  const lastLeaf = typeof prev === 'string' ? fromBase64Url(prev) : undefined;
  const fits =
    path.length === digits.length - 1 &&
    roots.length === digits.replaceAll('0', '').length &&
    [...lanes.values()].reduce((sum, count) => sum + count, 0) === size &&
    (lanes.get('admin') ?? 0) > 0;
  if (!fits || typeof prev !== 'string' || lastLeaf?.length !== hashBytes) return undefined;
  // Of an odd number the last root is the last leaf itself.
  if (size % 2 === 1 && toBase64Url(roots.at(-1) ?? lastLeaf) !== prev) return undefined;
  return { tree: { size, roots }, path, prev, lanes };
}

/** Whether the tree begins with this record. @param first base64url of the leaf of record 0 */
export function holdsFirst(hash: Hash, { tree, path }: Pruned, first: string): boolean {
  const leaf = fromBase64Url(first);
  const [root] = tree.roots;
  if (leaf === undefined || root === undefined) return false;
  return toBase64Url(path.reduce((node, right) => nodeOf(hash, node, right), leaf)) === toBase64Url(root);
}

function parseObject(text: string): JsonObject | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(parsed)) return undefined;
  const canonical = canonicalJson(parsed);
  return canonical.ok && canonical.value === text ? parsed : undefined;
}

function hashesOf(value: Json | undefined): readonly Uint8Array[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const hashes = value.flatMap((each) => (typeof each === 'string' ? (fromBase64Url(each) ?? []) : []));
  return hashes.length === value.length && hashes.every(({ length }) => length === hashBytes) ? hashes : undefined;
}

function lanesOf(value: Json | undefined): ReadonlyMap<Topic, number> | undefined {
  if (!isObject(value)) return undefined;
  const lanes = topics.flatMap((topic): [Topic, number][] => {
    const count = value[topic];
    return typeof count === 'number' && count > 0 ? [[topic, count]] : [];
  });
  return lanes.length === Object.keys(value).length ? new Map(lanes) : undefined;
}
