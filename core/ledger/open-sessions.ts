import type { SoundBlock } from './block.ts';
import type { RecordType, StoredRecord } from './record.ts';

/** A session that has one of these and none of `sessionEnds` was cut off by the end of its process. */
export const sessionStarts = ['session.opened', 'session.held'] as const satisfies readonly RecordType[];
export const sessionEnds = [
  'session.closed',
  'session.denied',
  'session.aborted',
] as const satisfies readonly RecordType[];

const starts: ReadonlySet<RecordType> = new Set(sessionStarts);
const ends: ReadonlySet<RecordType> = new Set(sessionEnds);

/** Far above the calls one process can have under way. That many without an end are a finding already; memory counts. */
const maxFollowed = 100_000;

export interface OpenSession {
  readonly session: string;
  /** Where its first record lies. */
  readonly ledger: string;
  readonly seq: number;
}

/** The sessions of one replica that are under way, over all its ledgers in the order in which they were written. */
export class OpenSessions {
  readonly #open = new Map<string, OpenSession>();

  see({ type, session }: Pick<StoredRecord, 'type' | 'session'>, ledger: string, seq: number): void {
    if (session === undefined) return;
    if (ends.has(type)) this.#open.delete(session);
    if (!starts.has(type) || this.#open.has(session) || this.#open.size >= maxFollowed) return;
    this.#open.set(session, { session, ledger, seq });
  }

  /** The same for all records of a block. False, and nothing is taken: there may be more than are followed. */
  take({ ended, begun }: Pick<SoundBlock, 'ended' | 'begun'>, ledger: string): boolean {
    if (this.#open.size + begun.length > maxFollowed) return false;
    for (const session of ended) this.#open.delete(session);
    for (const { session, seq } of begun) {
      if (!this.#open.has(session)) this.#open.set(session, { session, ledger, seq });
    }
    return true;
  }

  [Symbol.iterator](): Iterator<OpenSession> {
    return this.#open.values();
  }
}
