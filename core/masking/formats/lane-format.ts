import { blotText } from '../hide.ts';
import type { TextFormat } from './format-masker.ts';
import type { Inner, TextLane } from './inner.ts';

/** Running text under one name: a field of a form. */
export class LaneFormat implements TextFormat {
  readonly #inner: Inner;
  readonly #lane: TextLane;

  constructor(inner: Inner, key: string) {
    this.#inner = inner;
    this.#lane = inner.lane(key);
  }
  get failure(): string | undefined {
    return this.#inner.failure();
  }
  push(text: string): string {
    return this.#lane.push(text);
  }
  end(isCut: boolean): string {
    const rest = this.#lane.end('');
    return isCut ? blotText(rest) : rest;
  }
}
