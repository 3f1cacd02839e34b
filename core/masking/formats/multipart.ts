/**
 * Masks multipart part by part, each as its own content type says. Delimiters stay as they are; header values of parts (a file
 * name is text of somebody) are masked. What cannot be read ends the output with its reason.
 */
import { MultipartFraming, type MultipartPiece } from '../../body/multipart.ts';
import { type PartHeaders, parsePartHeaders } from '../../body/multipart-part.ts';
import { joined } from '../../bytes.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import { PassThrough, Withheld } from '../plain-maskers.ts';
import { Tally } from '../tally.ts';
import { BinaryPart } from './binary-part.ts';
import { CsvFormat } from './csv.ts';
import { FormFormat } from './form.ts';
import { FormatMasker } from './format-masker.ts';
import { type Inner, sumOf } from './inner.ts';
import { LaneFormat } from './lane-format.ts';
import { NdjsonMasker } from './ndjson.ts';

const empty = new Uint8Array(0);
const encoder = new TextEncoder();

export class MultipartMasker implements BodyMasker {
  readonly #newInner: () => Inner;
  readonly #inner: Inner;
  readonly #maxUnits: number;
  readonly #framing: MultipartFraming;
  readonly #sum = new Tally();
  /** Of the part at hand; outside of parts, of what stands there. */
  #part: BodyMasker;
  #failure: string | undefined;

  /** `newInner`: parts count for themselves. */
  constructor(newInner: () => Inner, boundary: string, maxUnits: number) {
    this.#newInner = newInner;
    this.#inner = newInner();
    this.#maxUnits = maxUnits;
    this.#framing = new MultipartFraming(boundary);
    this.#part = this.#inner.text();
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#failure !== undefined) return empty;
    const released: Uint8Array[] = [];
    for (const piece of this.#framing.push(chunk)) {
      released.push(...this.#pass(piece));
      if (this.#failure !== undefined) break;
    }
    this.#failWith(this.#framing.flaw);
    return joined(released);
  }

  end(): Uint8Array {
    if (this.#failure !== undefined) return empty;
    this.#framing.end();
    this.#failWith(this.#framing.flaw);
    return this.#failure === undefined ? this.#endPart() : empty;
  }

  failure(): string | undefined {
    return this.#failure;
  }

  summary(): MaskSummary {
    return sumOf(this.#sum.summary(), this.#part.summary(), this.#inner.summary());
  }

  #pass({ kind, bytes }: MultipartPiece): readonly Uint8Array[] {
    switch (kind) {
      case 'outside':
      case 'body': {
        const released = this.#part.push(bytes);
        this.#failWith(this.#part.failure());
        // A copy: what a masker gives may lie in its own buffer.
        return [released.slice()];
      }
      case 'delimiter': {
        const rest = this.#endPart();
        this.#part = this.#inner.text();
        return [rest, bytes];
      }
      case 'headers':
        return [this.#begin(bytes)];
    }
  }

  /** The header block as it may be released. */
  #begin(block: Uint8Array): Uint8Array {
    const headers = parsePartHeaders(block);
    if (!headers.ok) {
      this.#failWith(headers.error);
      return empty;
    }
    this.#part = this.#maskerOf(headers.value);
    this.#failWith(this.#part.failure());
    const masked = this.#maskHeaders(headers.value, block);
    this.#failWith(this.#inner.failure());
    return this.#failure === undefined ? masked : empty;
  }

  #maskHeaders({ lines }: PartHeaders, block: Uint8Array): Uint8Array {
    let text = '';
    let isChanged = false;
    for (const { name, value, end } of lines) {
      // Some clients send it (it means nothing here), and masking may change the length.
      const isLength = name.toLowerCase() === 'content-length';
      const line = `${this.#inner.value(name, '')}:${this.#inner.value(value, '')}${end}`;
      isChanged ||= isLength || line !== `${name}:${value}${end}`;
      if (!isLength) text += line;
    }
    const emptyLine = block[block.length - 2] === 0x0d ? '\r\n' : '\n';
    return isChanged ? encoder.encode(text + emptyLine) : block;
  }

  #maskerOf({ kind, name, contentType }: PartHeaders): BodyMasker {
    const inner = this.#newInner();
    switch (kind) {
      case 'json':
        return inner.json();
      case 'ndjson':
        return new NdjsonMasker(inner, this.#maxUnits);
      case 'csv':
        return new FormatMasker(new CsvFormat(inner, contentType, this.#maxUnits), inner);
      case 'form':
        return new FormatMasker(new FormFormat(inner, this.#maxUnits), inner);
      case 'text':
        return new FormatMasker(new LaneFormat(inner, name), inner);
      case 'binary':
        return inner.keepsBinary ? new BinaryPart(inner) : new Withheld('multipart_part_not_readable');
    }
  }

  #endPart(): Uint8Array {
    const rest = this.#part.end().slice();
    this.#failWith(this.#part.failure());
    this.#sum.add(this.#part.summary());
    this.#part = new PassThrough();
    return rest;
  }

  #failWith(reason: string | undefined): void {
    if (reason === undefined || this.#failure !== undefined) return;
    this.#failure = reason;
    this.#inner.fault(reason);
  }
}
