import type { Shape } from '../recognizers/recognizer.ts';
import type { Meaning } from './meanings.ts';

/** Entities that have points at one place. Used again for each place: a collection anew for each is what made it slow. */
export class Pointed {
  at = -1;
  count = 0;
  readonly names: string[] = [];
  readonly points: number[] = [];
  readonly shapes: (Shape | undefined)[] = [];

  begin(at: number): void {
    this.at = at;
    this.count = 0;
  }

  /** @param least what each is worth, when it is not worth more by its meaning */
  add({ names, points, shapes }: Meaning, least: number): void {
    for (let index = 0; index < names.length; index++) {
      const worth = Math.max(least, points[index] ?? 0);
      const known = this.#indexOf(names[index] ?? '');
      this.names[known] = names[index] ?? '';
      this.shapes[known] = shapes[index];
      // Of several the most counts.
      this.points[known] = known === this.count ? worth : Math.max(worth, this.points[known] ?? 0);
      if (known === this.count) this.count++;
    }
  }

  pointsOf(name: string): number {
    const index = this.#indexOf(name);
    return index === this.count ? 0 : (this.points[index] ?? 0);
  }

  /** Its index, or that of the next one. */
  #indexOf(name: string): number {
    let index = 0;
    while (index < this.count && this.names[index] !== name) index++;
    return index;
  }
}
