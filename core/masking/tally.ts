import type { Entity } from './entities.ts';
import type { MaskSummary } from './masker.ts';

/** What one body's masker has found. Shared by all its lanes; holds counts and words only. */
export class Tally {
  readonly #counts = new Map<Entity, number>();
  readonly #faults = new Set<string>();

  found(entity: Entity): void {
    this.#counts.set(entity, (this.#counts.get(entity) ?? 0) + 1);
  }

  fault(reason: string): void {
    this.#faults.add(reason);
  }

  /** Faults in alphabetical order: the order in which chunks reveal them is nobody's business. */
  summary(): MaskSummary {
    return { counts: Object.fromEntries(this.#counts), faults: [...this.#faults].sort() };
  }
}
