import type { Finding, FindingReason } from './findings.ts';

/** What was found in one ledger: of each reason the first few, so that no kind can hide behind another; the rest is counted. */
export class FindingList {
  readonly #ledger: string;
  readonly #findings: Finding[] = [];
  readonly #counts = new Map<FindingReason, number>();

  constructor(ledger: string) {
    this.#ledger = ledger;
  }

  report(reason: FindingReason, seq?: number, detail?: string): void {
    const count = (this.#counts.get(reason) ?? 0) + 1;
    this.#counts.set(reason, count);
    if (count > maxPerReason) return;
    this.#findings.push({
      ledger: this.#ledger,
      ...(seq === undefined ? {} : { seq }),
      reason,
      ...(detail === undefined ? {} : { detail }),
    });
  }

  /** By place; what is about the ledger as a whole comes first. */
  get found(): readonly Finding[] {
    return this.#findings.toSorted((a, b) => (a.seq ?? -1) - (b.seq ?? -1));
  }

  get more(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + Math.max(0, count - maxPerReason), 0);
  }
}

const maxPerReason = 20;
