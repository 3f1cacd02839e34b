import { blockedBy } from './action.ts';
import type { MaskSummary } from './masker.ts';

/** What the maskers of one body have found. Shared by all lanes; holds counts and words only. */
export class Tally {
  /** The entity whose action is `block`, once one was found: nothing more may leave. */
  blocked: string | undefined;
  readonly #counts = new Map<string, number>();
  readonly #faults = new Set<string>();
  /** How often anything was found or at fault: the same before and after means that nothing was. */
  changes = 0;

  found(entity: string): void {
    this.changes++;
    this.#counts.set(entity, (this.#counts.get(entity) ?? 0) + 1);
  }

  fault(reason: string): void {
    this.changes++;
    this.#faults.add(reason);
  }

  block(entity: string): void {
    this.blocked ??= entity;
    this.fault(blockedBy(this.blocked));
  }

  /** What was found in a part of the body, and counted for itself. */
  add({ counts, faults }: MaskSummary): void {
    this.changes++;
    for (const [entity, count] of Object.entries(counts))
      this.#counts.set(entity, (this.#counts.get(entity) ?? 0) + count);
    for (const fault of faults) this.#faults.add(fault);
  }

  /** Faults in alphabetical order: the order in which chunks reveal them is nobody's business. */
  summary(): MaskSummary {
    return { counts: Object.fromEntries(this.#counts), faults: [...this.#faults].sort() };
  }
}
