/**
 * A JSON document that is needed whole, since a field rule looks at what may come later. Kept up to a limit; it goes out at its
 * end, or not at all.
 */

import { decodeUtf8, parseIJsonText } from '../../body/ijson.ts';
import { joined } from '../../bytes.ts';
import type { FieldNode } from '../fields/field-node.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import { FormatMasker } from './format-masker.ts';
import type { Inner } from './inner.ts';
import { JsonValues } from './json-values.ts';

const empty = new Uint8Array(0);

export class DocumentMasker implements BodyMasker {
  readonly #inner: Inner;
  readonly #select: (document: unknown) => FieldNode;
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #length = 0;
  #failure: string | undefined;

  constructor(inner: Inner, select: (document: unknown) => FieldNode, maxBytes: number) {
    this.#inner = inner;
    this.#select = select;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#failure !== undefined) return empty;
    this.#length += chunk.length;
    if (this.#length > this.#maxBytes) this.#fail('document_too_long');
    else this.#parts.push(chunk.slice());
    return empty;
  }

  end(): Uint8Array {
    if (this.#failure !== undefined) return empty;
    const bytes = joined(this.#parts);
    this.#parts = [];
    const fields = this.#fieldsOf(bytes);
    if (this.#failure !== undefined) return empty;
    const masker = new FormatMasker(new JsonValues(this.#inner, this.#maxBytes, fields), this.#inner);
    const released = joined([masker.push(bytes), masker.end()]);
    this.#failure = masker.failure();
    return released;
  }

  failure(): string | undefined {
    return this.#failure;
  }

  summary(): MaskSummary {
    return this.#inner.summary();
  }

  /** undefined: none, or `failure`. What does not begin like a document is text of some proxy, and no path leads into it. */
  #fieldsOf(bytes: Uint8Array): FieldNode | undefined {
    const text = decodeUtf8(bytes) ?? '';
    if (!/^\s*[[{]/.test(text)) return bytes.length === 0 || text !== '' ? undefined : this.#fail('bad_utf8');
    // Two equal keys, and readers take different ones: a rule would hold for one of them.
    const parsed = parseIJsonText(text);
    if (!parsed.ok) return this.#fail(`document_${parsed.error.reason}`);
    if (hasTooManyValues(text)) return this.#fail('document_of_too_many_values');
    return this.#select(parsed.value);
  }

  #fail(reason: string): undefined {
    this.#inner.fault(reason);
    this.#failure = reason;
  }
}

/** What a rule does with each costs a microsecond or two. */
const maxValues = 100_000;

/** Counts at least as many as there are; a comma in a string counts for one. */
export function hasTooManyValues(text: string): boolean {
  let values = 1;
  for (let at = 0; at < text.length && values <= maxValues; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x2c || unit === 0x5b || unit === 0x7b) values++;
  }
  return values > maxValues;
}
