/**
 * Walks the rows of one ledger and says what is wrong with it. Trusts nothing but the bytes of the values: columns are only
 * compared with them. Memory is bounded, whatever the rows hold.
 */

import { toBase64Url } from '../base64.ts';
import type { Hash } from '../ports.ts';
import type { SoundBlock } from './block.ts';
import { firstPrev, leafOf } from './chain.ts';
import type { FindingList } from './finding-list.ts';
import { type FindingReason, kindOfReason } from './findings.ts';
import { type Head, HeadsVerifier } from './heads.ts';
import { MissingPlaces } from './missing-places.ts';
import type { OpenSessions } from './open-sessions.ts';
import { type Opening, parseOpening } from './opening.ts';
import { holdsFirst, parsePruned } from './pruned.ts';
import type { StoredRecord } from './record.ts';
import { type BareRow, differingColumns, type LedgerRow } from './row.ts';
import { parseStoredRecord } from './stored-record.ts';
import { topicOf } from './topics.ts';

/** What the rows of one ledger add up to. */
export interface LedgerSummary {
  readonly ledger: string;
  /** One more than the highest place seen. */
  readonly records: number;
  /** Base64url of the root over all records; undefined when they are not whole. */
  readonly root: string | undefined;
  readonly closed: boolean;
  /** What record 0 says; undefined when it is missing or unreadable. */
  readonly opening: Opening | undefined;
  readonly pruned: PrunedPart | undefined;
}

/** Records from 1 on that were removed from the file. */
export interface PrunedPart {
  /** The first that is left. */
  readonly to: number;
  /** Checkpoints, of whoever, that cover less: their roots cannot be computed from what is left. */
  readonly passed: number;
}

export interface VerifyOptions {
  /** Id that the file's place gives it. */
  readonly ledger: string;
  readonly hash: Hash;
  /** Sessions of earlier ledgers of this replica that have no end yet. Those of this one are added, those it ends taken out. */
  readonly sessions: OpenSessions;
  /** What the file keeps in the place of pruned records (pruned.ts), as it was found; undefined: nothing says that any were. */
  readonly pruned?: unknown;
  /** Sizes and roots that somebody vouched for, see heads.ts. */
  readonly heads: Iterable<Head>;
  /** Where what is wrong is told. */
  readonly findings: FindingList;
}

const leafBytes = 32;

/** A fork has more than one last record; this many of them may be followed. */
const maxTips = 8;

export class LedgerVerifier {
  readonly #options: VerifyOptions;
  readonly #missing = new MissingPlaces((first, last) => this.#report('records_missing', first, `to ${last}`));
  /** The place after the highest one seen. */
  #next = 0;
  /** Leaves that the record at `#next` may name as `prev`. Empty: unknown, as the record before is missing. */
  #tips: readonly string[] = [firstPrev];
  readonly #heads: HeadsVerifier;
  /** Next number of each topic. One that is not here yet starts at 0, or anywhere once something before it was missing. */
  #lanes = new Map<string, number>();
  #lanesFromStart = true;
  #closed = false;
  #hasRow = false;
  #pruned: PrunedPart | undefined;
  #isWhole = true;
  #opening: Opening | undefined;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#heads = new HeadsVerifier(options.hash, options.heads, (...finding) => this.#report(...finding));
  }

  /** Nothing was found so far that says anything of the records themselves: blocks are welcome. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The place that the next record should have. */
  get next(): number {
    return this.#next;
  }

  /** What record 0 says, once it was read. */
  get opening(): Opening | undefined {
    return this.#opening;
  }

  /**
   * Takes the records of a block at once, if they follow on what was seen so far without a fault. False: nothing was taken, and they
   * have to come row by row.
   */
  block(block: SoundBlock): boolean {
    const { sessions } = this.#options;
    const isNext = this.#isWhole && !this.#closed && block.first === this.#next && this.#tips.includes(block.prev);
    const isInLane = block.lanes.every(({ topic, first }) => first === (this.#lanes.get(topic) ?? 0));
    if (!isNext || !isInLane || !sessions.take(block, this.#options.ledger)) return false;
    for (const { topic, first, count } of block.lanes) this.#lanes.set(topic, first + count);
    for (let at = 0; at < block.leaves.length; at += leafBytes)
      this.#heads.leaf(block.leaves.subarray(at, at + leafBytes));
    this.#tips = [block.lastLeaf];
    this.#next = block.first + block.count;
    this.#closed = block.isClosed;
    return true;
  }

  /** Takes the rows in the order in which the file gives them. */
  row(row: LedgerRow | BareRow): void {
    const columns = 'leaf' in row ? row : undefined;
    const value = row.value instanceof Uint8Array ? row.value : new Uint8Array(0);
    const leaf = leafOf(this.#options.hash, value);
    const storedLeaf = toBase64Url(columns?.leaf instanceof Uint8Array ? columns.leaf : leaf);
    const isLeafThere = columns === undefined || columns.leaf instanceof Uint8Array;
    const intact = isLeafThere && storedLeaf === toBase64Url(leaf);
    const parsed = parseStoredRecord(value);
    const record = parsed.ok ? parsed.value : undefined;
    const place = this.#placeOf(columns?.seq, record, intact);
    if (!intact) this.#report('leaf_differs', place);
    if (!parsed.ok) this.#report(parsed.error, place);
    const isNew = this.#step(place, record, toBase64Url(leaf), storedLeaf);
    if (record && isNew) this.#read(record, place);
    else this.#forgetLanes();
    this.#heads.leaf(leaf);
    const writer = { ledger: this.#options.ledger, partitions: this.#opening?.partitions };
    for (const column of record && columns ? differingColumns(columns, record, writer) : []) {
      this.#report('column_differs', place, column);
    }
    if (!this.#hasRow) this.#resume();
    this.#hasRow = true;
  }

  end(): LedgerSummary {
    this.#missing.end();
    if (this.#next === 0) this.#report('no_records');
    const root = this.#heads.end(this.#next);
    return {
      ledger: this.#options.ledger,
      records: this.#next,
      root: root && toBase64Url(root),
      closed: this.#closed,
      opening: this.#opening,
      pruned: this.#pruned,
    };
  }

  /** After record 0, which is never pruned. Without it the records after the pruned ones are a gap like any other. */
  #resume(): void {
    const { pruned: found, hash } = this.#options;
    if (found === undefined) return;
    const pruned = parsePruned(found);
    if (pruned === undefined) this.#report('pruned_differs');
    if (pruned === undefined || this.#next !== 1) return;
    const isHeld = holdsFirst(hash, pruned, this.#tips[0] ?? '');
    if (!isHeld) this.#report('pruned_differs', 0, 'ledger.opened');
    this.#next = pruned.tree.size;
    this.#tips = [pruned.prev];
    this.#lanes = new Map(pruned.lanes);
    this.#pruned = { to: pruned.tree.size, passed: this.#heads.resume(pruned.tree) };
  }

  /**
   * Where this record belongs. Its own word counts, except where that cannot be: its bytes are altered, or it names the record
   * before as the one it was written after and so has no other place than the next.
   */
  #placeOf(column: unknown, record: StoredRecord | undefined, intact: boolean): number {
    const said = record?.chain.seq;
    if (said === this.#next) return said;
    if (record && said !== undefined && intact) {
      if (!this.#tips.includes(record.chain.prev)) return said;
      this.#report('seq_differs', this.#next, `says ${said}`);
      return this.#next;
    }
    return typeof column === 'number' && column > this.#next ? column : this.#next;
  }

  /** Moves on to this place and checks the link to the one before. False when the place was passed already. */
  #step(place: number, record: StoredRecord | undefined, leaf: string, storedLeaf: string): boolean {
    if (place > 0 && place < (this.#pruned?.to ?? 0)) {
      this.#report('pruned_differs', place, 'a record that was pruned');
      this.#forgetLanes();
      return false;
    }
    if (place < this.#next) {
      const isLate = this.#missing.take(place);
      this.#report(isLate ? 'reordered' : 'repeated_seq', place);
      if (place === this.#next - 1 && this.#tips.length < maxTips) this.#tips = [...this.#tips, leaf];
      this.#forgetLanes();
      return isLate;
    }
    if (place > this.#next) {
      this.#missing.add(this.#next, place - 1);
      this.#tips = [];
      this.#forgetLanes();
    }
    if (record && this.#tips.length > 0 && !this.#tips.includes(record.chain.prev)) this.#report('prev_differs', place);
    // What the next record names is either what this one is, or what it was before it was altered: told once, here.
    this.#tips = [leaf, storedLeaf];
    this.#next = place + 1;
    return true;
  }

  #read(record: StoredRecord, place: number): void {
    const { chain, type } = record;
    if (chain.ledger !== this.#options.ledger) this.#report('wrong_ledger', place);
    this.#countLane(topicOf(type), chain.pseq, place);
    if (this.#closed) this.#report('record_after_close', place);
    if (type === 'ledger.closed') this.#closed = true;
    if (place === 0) this.#opening = parseOpening(record);
    if (place === 0 && this.#opening === undefined) this.#report('no_opening', place);
    this.#options.sessions.see(record, this.#options.ledger, place);
  }

  #countLane(topic: string, pseq: number, place: number): void {
    const expected = this.#lanes.get(topic) ?? (this.#lanesFromStart ? 0 : pseq);
    if (pseq !== expected) this.#report('pseq_differs', place, `${pseq} instead of ${expected}`);
    this.#lanes.set(topic, expected + 1);
  }

  /**
   * Something is missing or out of place, and may have counted in any topic: numbers are checked anew from what comes next, and the
   * tree is not known any more.
   */
  #forgetLanes(): void {
    this.#lose();
    this.#lanes = new Map();
    this.#lanesFromStart = false;
  }

  #report(reason: FindingReason, seq?: number, detail?: string): void {
    if (kindOfReason(reason) !== 'index') this.#lose();
    this.#options.findings.report(reason, seq, detail);
  }

  #lose(): void {
    this.#isWhole = false;
    this.#heads.lose();
  }
}
