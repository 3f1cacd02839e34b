/**
 * Numbers of events (`sequence_number` of OpenAI's Responses). What is put in between counts too, and all that follows moves up:
 * numbers go on without a gap and without a repeat, as they came.
 */
export class EventNumbers {
  /** How many events were put in. */
  #added = 0;
  /** What the next event would be. undefined: no event had a number. */
  #next: number | undefined;

  /** Before events are put in front of the one that came with `number`. */
  see(number: number): void {
    this.#next = number + this.#added;
  }

  /** For an event that is put in; undefined where events have no numbers. */
  add(): number | undefined {
    if (this.#next === undefined) return undefined;
    this.#added++;
    return this.#next++;
  }

  /** What the event that came with `number` goes out with. */
  pass(number: number): number {
    this.#next = number + this.#added + 1;
    return number + this.#added;
  }
}
