/** Places that were jumped over, as intervals: a record may still turn up for one of them, out of order. */
interface Interval {
  readonly first: number;
  readonly last: number;
}

const maxIntervals = 1000;

export class MissingPlaces {
  #intervals: Interval[] = [];
  readonly #onMissing: (first: number, last: number) => void;

  /** `onMissing` is told of each interval that nothing filled. */
  constructor(onMissing: (first: number, last: number) => void) {
    this.#onMissing = onMissing;
  }

  add(first: number, last: number): void {
    this.#intervals.push({ first, last });
    if (this.#intervals.length <= maxIntervals) return;
    const oldest = this.#intervals.shift();
    if (oldest) this.#onMissing(oldest.first, oldest.last);
  }

  /** Whether `place` was missing; it no longer is. */
  take(place: number): boolean {
    const found = this.#intervals.find(({ first, last }) => first <= place && place <= last);
    if (!found) return false;
    const rest = [
      { first: found.first, last: place - 1 },
      { first: place + 1, last: found.last },
    ].filter(({ first, last }) => first <= last);
    this.#intervals = this.#intervals.flatMap((interval) => (interval === found ? rest : [interval]));
    return true;
  }

  end(): void {
    for (const { first, last } of this.#intervals) this.#onMissing(first, last);
    this.#intervals = [];
  }
}
