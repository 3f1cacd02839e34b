import type { JsonObject } from '@countersign/core/ledger/record.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';

/** What was refused while the disk was full, until a record says so. */
export class Outage {
  #appends = 0;
  #records = 0;
  #sinceMs: number | undefined;

  refuse(records: number, nowMs: number): void {
    this.#appends++;
    this.#records += records;
    this.#sinceMs ??= nowMs;
  }

  /** `data` of `ledger.gap_declared`; undefined when nothing was refused that is not declared yet. */
  declaration(nowMs: number): JsonObject | undefined {
    if (this.#sinceMs === undefined) return undefined;
    return {
      reason: 'disk_full',
      refused_appends: this.#appends,
      refused_records: this.#records,
      since: isoTime(this.#sinceMs),
      until: isoTime(nowMs),
    };
  }

  /** The declaration is durable. Nothing is refused between making it and this, or it would have failed too. */
  declared(): void {
    this.#appends = 0;
    this.#records = 0;
    this.#sinceMs = undefined;
  }
}
