/** Refusals that were counted, found again in the log: by source and time, as nothing else of each is recorded. */
import { sourceGroup } from '../../exchange/source-address.ts';
import { ulidTimeMs } from '../ledger-id.ts';
import type { CountedRefusals } from './ledger-sessions.ts';

/** A session is older than the count that it is in by the time a check may take. */
const checkMs = 15_000;

interface Window {
  readonly refusals: CountedRefusals;
  left: number;
}

/** Walks forward in time, and keeps what overlaps only. */
export class CountedWindows {
  readonly #coming: Iterator<CountedRefusals>;
  readonly #onLeft: (refusals: CountedRefusals, left: number) => void;
  #next: CountedRefusals | undefined;
  #active: Window[] = [];

  /** @param counted by the time they begin; @param onLeft told of each whose count is more than what was taken */
  constructor(counted: Iterable<CountedRefusals>, onLeft: (refusals: CountedRefusals, left: number) => void) {
    this.#coming = counted[Symbol.iterator]();
    this.#onLeft = onLeft;
    this.#advance();
  }

  /** Sessions by their ids, which is by time. The one that ends first is used up first, so that later ones are left for later calls. */
  take(session: string, source: string | undefined): 'counted' | 'count_lost' | undefined {
    const atMs = ulidTimeMs(session);
    while (this.#next !== undefined && this.#next.startMs - checkMs <= atMs) {
      this.#active.push({ refusals: this.#next, left: this.#next.count ?? 0 });
      this.#advance();
    }
    this.#retire(atMs);
    const group = source === undefined ? undefined : sourceGroup(source).ip;
    const fitting = this.#active.filter(
      ({ refusals, left }) => left > 0 && (refusals.source === undefined || refusals.source === group),
    );
    const [first] = fitting.toSorted((a, b) => a.refusals.endMs - b.refusals.endMs);
    if (first === undefined)
      return this.#active.some(({ refusals }) => refusals.count === undefined) ? 'count_lost' : undefined;
    first.left--;
    return 'counted';
  }

  end(): void {
    while (this.#next !== undefined) {
      this.#active.push({ refusals: this.#next, left: this.#next.count ?? 0 });
      this.#retire(Infinity);
      this.#advance();
    }
    this.#retire(Infinity);
  }

  #advance(): void {
    const { value, done } = this.#coming.next();
    this.#next = done === true ? undefined : value;
  }

  #retire(atMs: number): void {
    if (this.#active.every(({ refusals }) => refusals.endMs >= atMs)) return;
    for (const { refusals, left } of this.#active) {
      if (refusals.endMs < atMs && left > 0) this.#onLeft(refusals, left);
    }
    this.#active = this.#active.filter(({ refusals }) => refusals.endMs >= atMs);
  }
}
