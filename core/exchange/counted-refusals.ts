import type { SourceGroup } from './source-address.ts';

const maxReasons = 16;
const otherReasons = 'other';

/** Refusals of one source, or of several that were not told apart. */
export class Counted {
  readonly source: SourceGroup | undefined;
  readonly reasons: Record<string, number> = {};
  count = 0;
  /** At least so many. */
  sources = 1;
  first = '';
  last = '';
  firstMs = 0;
  lastMs = 0;

  constructor(source: SourceGroup | undefined) {
    this.source = source;
  }

  add(session: string, reason: string, nowMs: number): void {
    if (this.count === 0) {
      this.first = session;
      this.firstMs = nowMs;
    }
    this.count++;
    this.last = session;
    this.lastMs = nowMs;
    this.#addReason(reason, 1);
  }

  /** Makes those of another its own. */
  take(other: Counted): void {
    if (other.count === 0) return;
    if (this.count === 0) this.sources = 0;
    if (this.count === 0 || other.firstMs < this.firstMs) {
      this.first = other.first;
      this.firstMs = other.firstMs;
    }
    if (this.count === 0 || other.lastMs >= this.lastMs) {
      this.last = other.last;
      this.lastMs = other.lastMs;
    }
    this.count += other.count;
    this.sources += other.sources;
    for (const [reason, count] of Object.entries(other.reasons)) this.#addReason(reason, count);
  }

  #addReason(reason: string, count: number): void {
    const isKnown = Object.hasOwn(this.reasons, reason) || Object.keys(this.reasons).length < maxReasons;
    const name = isKnown ? reason : otherReasons;
    this.reasons[name] = (this.reasons[name] ?? 0) + count;
  }
}
