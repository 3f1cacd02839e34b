/**
 * Looks at a block of records without making objects of them. Says yes only where every single check of LedgerVerifier would: after
 * a no, that one looks at them row by row, and its word counts.
 */
import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { SoundBlock } from '@countersign/core/ledger/block.ts';
import { canonicalIntegerEnd } from '@countersign/core/ledger/canonical-scan.ts';
import { sessionEnds, sessionStarts } from '@countersign/core/ledger/open-sessions.ts';
import { type RecordType, recordTypes } from '@countersign/core/ledger/record.ts';
import { isRecordTime } from '@countersign/core/ledger/time.ts';
import { partitionOf, type Topic, topicOf } from '@countersign/core/ledger/topics.ts';
import { CanonicalScan } from '../kernel/canonical-scan.ts';
import { type LedgerBlock, typesOfWriter } from './ledger-blocks.ts';

const leafBytes = 32;
const leafLetters = 43;
/** `data` is the second level of a record. */
const dataDepth = 2;
/** A thread keeps the memory that it once took. */
const mostScannedBytes = 64 * 1024 * 1024;
/** Of this thread; one block at a time. */
const scan = new CanonicalScan();

/** What is the same for every record of a ledger. */
export class BlockInspector {
  readonly #head: Buffer;
  readonly #kinds: ReadonlyMap<string, Kind>;

  /** @param partitions as `ledger.opened` names them */
  constructor(ledger: string, partitions: number) {
    this.#head = Buffer.from(`{"chain":{"ledger":"${ledger}","prev":"`);
    this.#kinds = new Map(
      recordTypes.filter((type) => type !== 'ledger.opened').map((type) => [type, kindOf(type, ledger, partitions)]),
    );
  }

  /** undefined: something is not as it should be, or not as plain as most records are. */
  inspect(block: LedgerBlock): SoundBlock | undefined {
    if (block.leaves.length !== block.count * leafBytes || !isUtf8(block.values)) return undefined;
    if (block.values.length > mostScannedBytes) return undefined;
    scan.load(block.values);
    const walk = new BlockWalk(block, this.#head, this.#kinds);
    for (let index = 0; index < block.count; index++) if (!walk.step(index)) return undefined;
    return walk.end();
  }
}

interface Kind {
  readonly type: RecordType;
  readonly topic: Topic;
  /** What the columns say last. */
  readonly lane: Buffer;
  readonly begins: boolean;
  readonly ends: boolean;
}

const starts: ReadonlySet<RecordType> = new Set(sessionStarts);
const ends: ReadonlySet<RecordType> = new Set(sessionEnds);

function kindOf(type: RecordType, ledger: string, partitions: number): Kind {
  const topic = topicOf(type);
  const lane = Buffer.from(`${topic}/${partitionOf(ledger, topic, partitions)}${typesOfWriter}`);
  return { type, topic, lane, begins: starts.has(type), ends: ends.has(type) };
}

class BlockWalk {
  readonly #block: LedgerBlock;
  readonly #head: Buffer;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #lanes = new Map<Topic, { readonly topic: Topic; readonly first: number; count: number }>();
  readonly #ended = new Set<string>();
  readonly #begun = new Map<string, number>();
  #firstPrev = '';
  #lastLeaf = '';
  #isClosed = false;
  /** Where the next record begins. */
  #at = 0;
  #columnsAt = 0;

  constructor(block: LedgerBlock, head: Buffer, kinds: ReadonlyMap<string, Kind>) {
    this.#block = block;
    this.#head = head;
    this.#kinds = kinds;
  }

  step(index: number): boolean {
    const { values } = this.#block;
    const seq = this.#block.first + index;
    const prevAt = this.#at + this.#head.length;
    const chainAt = prevAt + leafLetters;
    if (this.#isClosed || !isSame(values, this.#at, this.#head)) return false;
    if (!this.#takePrev(index, values.toString('latin1', prevAt, chainAt))) return false;
    // Whether the names are these is seen where the columns are compared, which have them too.
    const pseqEnd = canonicalIntegerEnd(values, chainAt + pseqName.length);
    const seqEnd = canonicalIntegerEnd(values, pseqEnd + seqName.length);
    if (pseqEnd < 0 || seqEnd < 0 || values[chainAt + pseqName.length] === minus) return false;
    if (countBefore(values, seqEnd) !== seq) return false;
    const dataAt = seqEnd + dataName.length;
    const dataEnd = scan.objectEnd(dataAt, dataDepth);
    const end = dataEnd > 0 ? endOf(values, dataEnd) : -1;
    const kind = end > 0 ? this.#takeTail(values.toString('latin1', dataEnd, end), seq) : undefined;
    return (
      kind !== undefined &&
      this.#takeLane(kind, countBefore(values, pseqEnd)) &&
      this.#takeColumns([chainAt, dataAt, dataEnd, end], kind) &&
      this.#takeLeaf(index, end)
    );
  }

  end(): SoundBlock | undefined {
    const { first, count, leaves, values, columns } = this.#block;
    if (this.#at !== values.length + 1 || this.#columnsAt !== columns.length + 1) return undefined;
    return {
      first,
      count,
      prev: this.#firstPrev,
      lastLeaf: this.#lastLeaf,
      leaves,
      lanes: [...this.#lanes.values()],
      ended: [...this.#ended],
      begun: [...this.#begun].map(([session, seq]) => ({ session, seq })),
      isClosed: this.#isClosed,
    };
  }

  #takePrev(index: number, prev: string): boolean {
    if (index === 0) this.#firstPrev = prev;
    return index === 0 || prev === this.#lastLeaf;
  }

  /** @param tail what follows `data`, byte for byte a character */
  #takeTail(tail: string, seq: number): Kind | undefined {
    const [, session, time = '', type = ''] = tailPattern.exec(tail) ?? [];
    const kind = this.#kinds.get(type);
    if (kind === undefined || !isRecordTime(time)) return undefined;
    if (session !== undefined && kind.ends) {
      this.#ended.add(session);
      this.#begun.delete(session);
    }
    if (session !== undefined && kind.begins && !this.#begun.has(session)) this.#begun.set(session, seq);
    this.#isClosed = type === 'ledger.closed';
    return kind;
  }

  #takeLane({ topic }: Kind, pseq: number): boolean {
    const lane = this.#lanes.get(topic);
    if (lane === undefined) this.#lanes.set(topic, { topic, first: pseq, count: 1 });
    else if (pseq !== lane.first + lane.count++) return false;
    return true;
  }

  /** The columns say what the value has before and after its `data`, and where a record of this kind goes. */
  #takeColumns([chainAt, dataAt, dataEnd, end]: readonly [number, number, number, number], { lane }: Kind): boolean {
    const { values, columns } = this.#block;
    const tailAt = this.#columnsAt + dataAt - chainAt;
    const laneAt = tailAt + end - dataEnd;
    const isSaid =
      columns.compare(values, chainAt, dataAt, this.#columnsAt, tailAt) === 0 &&
      columns.compare(values, dataEnd, end, tailAt, laneAt) === 0 &&
      isSame(columns, laneAt, lane);
    this.#columnsAt = laneAt + lane.length + 1;
    return isSaid && endOf(columns, laneAt) === this.#columnsAt - 1;
  }

  #takeLeaf(index: number, end: number): boolean {
    const { values, leaves } = this.#block;
    const preimage = index === 0 ? afterZero(values.subarray(0, end)) : values.subarray(this.#at - 1, end);
    this.#lastLeaf = hash('sha256', preimage, 'base64url');
    this.#at = end + 1;
    return leaves.toString('base64url', index * leafBytes, (index + 1) * leafBytes) === this.#lastLeaf;
  }
}

const pseqName = '","pseq":';
const seqName = ',"seq":';
const dataName = '},"data":';
/** No quote and no backslash in any of the texts: then there is one way to read it. */
const tailPattern = /^(?:,"session":"([ !#-[\]-~]*)")?,"time":"([^"\\]*)","type":"([^"\\]*)","v":1\}$/;

function isSame(bytes: Buffer, at: number, expected: Buffer): boolean {
  const end = at + expected.length;
  return at >= 0 && end <= bytes.length && bytes.compare(expected, 0, expected.length, at, end) === 0;
}

/** Of what has a 0x00 behind it, or is the last. */
function endOf(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(0, at);
  return end < 0 ? bytes.length : end;
}

const afterZero = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(0), bytes]);

/** The number whose digits end here. */
function countBefore(bytes: Buffer, end: number): number {
  let value = 0;
  let worth = 1;
  for (let at = end - 1; ; at--) {
    const digit = (bytes[at] ?? 0) - zero;
    if (digit < 0 || digit > nine) return value;
    value += digit * worth;
    worth *= 10;
  }
}

const [minus, zero, nine] = [0x2d, 0x30, 9] as const;
