/** What a format does with what it holds: the maskers of one profile, handed in by the engine. */
import type { TextScan } from '../../ports.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import { Tally } from '../tally.ts';

export interface Inner {
  readonly scan: TextScan;
  /** Of a text. This one and the next two count for themselves. */
  text(): BodyMasker;
  /** Of a JSON text, with the field rules of the profile where it has some. */
  json(): BodyMasker;
  /** The same, each value under the nearest name around it, and what is base64 in it looked into. */
  jsonValues(): BodyMasker;
  /** Text that comes in pieces, under the name of its field; '' when it has none. `json`: bare numbers in it stay numbers. */
  lane(key: string, json?: boolean): TextLane;
  /** A whole text; what is found is counted in `summary`. */
  value(text: string, key: string): string;
  /** A whole text as the bytes it lies in, valid UTF-8 without NUL. The same object when nothing is to be hidden. */
  bytes(text: Uint8Array, key: string): Uint8Array;
  /** A whole number as it stands in JSON: what comes back is a JSON value too. */
  number(text: string, key: string): string;
  fault(reason: string): void;
  /** True for members that spell the text of an answer a second time. */
  spells(name: string): boolean;
  /** Why nothing more may leave: a value was found whose action is `block`. */
  failure(): string | undefined;
  /** A whole value, hidden as that entity whatever it looks like. */
  hide(text: string, as: string): string;
  /** A number as it stands in JSON, and what stands in its place. */
  hideNumber(text: string, as: string): string;
  /** Of all of these but the first three. */
  summary(): MaskSummary;
  /** Whether a name says what is under it: then it is masked by itself. */
  tells(key: string): boolean;
  /** Some action is `block`. */
  readonly mayBlock: boolean;
  /** Documents have field rules. */
  readonly hasFields: boolean;
  /** Whether parts that hold no text pass. */
  readonly keepsBinary: boolean;
}

export interface TextLane {
  push(text: string): string;
  /** Call once. */
  end(text: string): string;
}

/** Findings of several maskers as those of one body. */
export function sumOf(...summaries: readonly MaskSummary[]): MaskSummary {
  const sum = new Tally();
  for (const summary of summaries) sum.add(summary);
  return sum.summary();
}
