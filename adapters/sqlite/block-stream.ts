/** The records of one file as blocks, one after the other, and what was found of each. */
import type { SoundBlock } from '@countersign/core/ledger/block.ts';
import type { BlockInspector } from './block-inspection.ts';
import type { BlockReader } from './ledger-blocks.ts';

export interface InspectedBlock {
  readonly first: number;
  readonly count: number;
  /** undefined: to be looked at row by row. */
  readonly sound: SoundBlock | undefined;
}

/** All that is made of them lies in the cache of one core. */
const blockRecords = 64;
/** Payloads are large: what lies in memory at once follows their size. */
const blockBytes = 4 * 1024 * 1024;

/** @param last the last place, itself included */
export function* inspectBlocks(
  reader: BlockReader,
  inspector: BlockInspector,
  first: number,
  last: number,
): Generator<InspectedBlock> {
  let size = blockRecords;
  for (let next = first; next <= last; ) {
    const count = Math.min(size, last - next + 1);
    const block = reader.read(next, count);
    yield { first: next, count, sound: block && inspector.inspect(block) };
    next += count;
    size = sizeAfter(size, block?.values.length ?? 0);
  }
}

function sizeAfter(size: number, bytes: number): number {
  if (bytes > blockBytes) return Math.max(1, Math.floor(size / 2));
  return bytes < blockBytes / 4 ? Math.min(blockRecords, size * 2) : size;
}
