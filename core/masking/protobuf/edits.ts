/** Changes of one message, in the order of their places, carried out in one pass. None of them: the message is the same object. */
export class Edits {
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #bytes: Uint8Array[] = [];

  /** How many there are: a place to put one in front of those that follow. */
  get count(): number {
    return this.#bytes.length;
  }

  /** Writes `bytes` in place of [from, to). How much longer the message gets. */
  add(from: number, to: number, bytes: Uint8Array): number {
    return this.insert(this.#bytes.length, from, to, bytes);
  }

  /** The same, in front of the edit number `index`. */
  insert(index: number, from: number, to: number, bytes: Uint8Array): number {
    this.#from.splice(index, 0, from);
    this.#to.splice(index, 0, to);
    this.#bytes.splice(index, 0, bytes);
    return bytes.length - (to - from);
  }

  /** @param growth the sum of what `add` and `insert` said */
  applyTo(message: Uint8Array, growth: number): Uint8Array {
    if (this.#bytes.length === 0) return message;
    const output = new Uint8Array(message.length + growth);
    let read = 0;
    let written = 0;
    for (let index = 0; index < this.#bytes.length; index++) {
      const from = this.#from[index] ?? 0;
      const bytes = this.#bytes[index];
      output.set(message.subarray(read, from), written);
      written += from - read;
      if (bytes !== undefined) output.set(bytes, written);
      written += bytes?.length ?? 0;
      read = this.#to[index] ?? 0;
    }
    output.set(message.subarray(read), written);
    return output;
  }
}
