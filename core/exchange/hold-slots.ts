/** How many calls of one subject wait in this process: identical calls share an approval, but each keeps its body and stream. */
export class HoldSlots {
  readonly #maxPerSubject: number;
  readonly #waiting = new Map<string, number>();

  constructor(maxPerSubject: number) {
    this.#maxPerSubject = maxPerSubject;
  }

  enter(subject: string): boolean {
    const waiting = this.#waiting.get(subject) ?? 0;
    if (waiting >= this.#maxPerSubject) return false;
    this.#waiting.set(subject, waiting + 1);
    return true;
  }

  leave(subject: string): void {
    const waiting = (this.#waiting.get(subject) ?? 0) - 1;
    if (waiting > 0) this.#waiting.set(subject, waiting);
    else this.#waiting.delete(subject);
  }
}
