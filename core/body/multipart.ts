/**
 * Cuts multipart (RFC 2046, 5.1) into what lies outside of parts, delimiters, header blocks and bodies, byte for byte: what comes
 * out, joined, is what went in. Works on bytes, holds at most one delimiter or header block, and decides nothing by chunks.
 */
import { joined } from '../bytes.ts';
import { err, ok, type Result } from '../result.ts';
import { parseMediaType } from './media-type.ts';

export type MultipartPiece = {
  /** `outside`: before the first delimiter and behind the last one. `headers`: a whole block, its empty line included. */
  readonly kind: 'outside' | 'delimiter' | 'headers' | 'body';
  readonly bytes: Uint8Array;
};

export type MultipartFlaw =
  | 'multipart_boundary_ambiguous'
  | 'multipart_headers_too_long'
  | 'multipart_too_many_parts'
  | 'multipart_not_closed';

const maxParts = 1024;
const maxHeaderBytes = 8 * 1024;
const maxPaddingBytes = 64;
const lf = 0x0a;
const cr = 0x0d;
const dash = 0x2d;

/** RFC 2046 allows 1 to 70 of these characters, the last of them no blank. */
const boundaryPattern = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/** The error is a reason. */
export function boundaryOf(contentType: string): Result<string, string> {
  const type = parseMediaType(contentType);
  if (type === undefined || !/^multipart\/(?:form-data|mixed)$/.test(type.essence)) return err('not_multipart');
  const boundary = type.parameters.get('boundary') ?? '';
  return boundaryPattern.test(boundary) ? ok(boundary) : err('multipart_without_boundary');
}

type Delimiter =
  | { readonly kind: 'found'; readonly start: number; readonly end: number; readonly isLast: boolean }
  /** Bytes from `start` on may be one. */
  | { readonly kind: 'open' | 'ambiguous'; readonly start: number };

export class MultipartFraming {
  flaw: MultipartFlaw | undefined;
  /** A line of the framing ended with LF alone: some readers see a delimiter there, some do not. */
  hasBareLineFeed = false;
  parts = 0;
  readonly #delimiter: Uint8Array;
  #state: 'preamble' | 'headers' | 'body' | 'epilogue' = 'preamble';
  /** Nothing of this body was given out: a delimiter may stand at its very beginning. */
  #isAtStart = true;
  #held: Uint8Array = new Uint8Array(0);

  constructor(boundary: string) {
    this.#delimiter = new TextEncoder().encode(`--${boundary}`);
  }

  push(chunk: Uint8Array): readonly MultipartPiece[] {
    const pieces: MultipartPiece[] = [];
    const bytes = this.#held.length === 0 ? chunk : joined([this.#held, chunk]);
    let at = 0;
    while (at < bytes.length && this.flaw === undefined) {
      const end = this.#step(bytes, at, pieces);
      if (end === at) break;
      at = end;
    }
    this.#held = bytes.slice(at);
    return pieces;
  }

  /** Then `flaw` says whether the last delimiter has come. */
  end(): void {
    if (this.#state !== 'epilogue') this.flaw ??= 'multipart_not_closed';
  }

  /** Index behind what was read. `at` itself: more bytes are needed. */
  #step(bytes: Uint8Array, at: number, pieces: MultipartPiece[]): number {
    if (this.#state === 'epilogue') {
      pieces.push({ kind: 'outside', bytes: bytes.subarray(at) });
      return bytes.length;
    }
    return this.#state === 'headers' ? this.#headers(bytes, at, pieces) : this.#content(bytes, at, pieces);
  }

  #headers(bytes: Uint8Array, at: number, pieces: MultipartPiece[]): number {
    const end = endOfHeaders(bytes, at);
    if ((end ?? bytes.length) - at > maxHeaderBytes) this.flaw = 'multipart_headers_too_long';
    if (end === undefined || this.flaw !== undefined) return at;
    const block = bytes.subarray(at, end);
    for (let feed = block.indexOf(lf); feed >= 0; feed = block.indexOf(lf, feed + 1)) {
      if (block[feed - 1] !== cr) this.hasBareLineFeed = true;
    }
    pieces.push({ kind: 'headers', bytes: block });
    this.#state = 'body';
    this.#isAtStart = true;
    return end;
  }

  #content(bytes: Uint8Array, at: number, pieces: MultipartPiece[]): number {
    const kind = this.#state === 'preamble' ? 'outside' : 'body';
    const found = this.#find(bytes, at);
    const start = found?.start ?? bytes.length;
    if (start > at) {
      pieces.push({ kind, bytes: bytes.subarray(at, start) });
      this.#isAtStart = false;
    }
    if (found?.kind === 'ambiguous') this.flaw = 'multipart_boundary_ambiguous';
    if (found?.kind !== 'found') return start;
    if (!found.isLast && ++this.parts > maxParts) {
      this.flaw = 'multipart_too_many_parts';
      return start;
    }
    pieces.push({ kind: 'delimiter', bytes: bytes.subarray(start, found.end) });
    this.#state = found.isLast ? 'epilogue' : 'headers';
    return found.end;
  }

  /** The first delimiter at or after `at`, or what may become one. */
  #find(bytes: Uint8Array, at: number): Delimiter | undefined {
    if (this.#isAtStart) {
      const first = this.#match(bytes, at, at);
      if (first !== undefined) return first;
    }
    for (let feed = bytes.indexOf(lf, at); feed >= 0; feed = bytes.indexOf(lf, feed + 1)) {
      const hasReturn = feed > at && bytes[feed - 1] === cr;
      const found = this.#match(bytes, hasReturn ? feed - 1 : feed, feed + 1);
      if (found === undefined) continue;
      if (found.kind !== 'open' && !hasReturn) this.hasBareLineFeed = true;
      return found;
    }
    return bytes[bytes.length - 1] === cr ? { kind: 'open', start: bytes.length - 1 } : undefined;
  }

  /** `start`: where the line end in front of it begins. undefined: the line that begins at `line` is none. */
  #match(bytes: Uint8Array, start: number, line: number): Delimiter | undefined {
    const length = this.#delimiter.length;
    for (let i = 0; i < length; i++) {
      if (line + i >= bytes.length) return { kind: 'open', start };
      if (bytes[line + i] !== this.#delimiter[i]) return undefined;
    }
    let at = line + length;
    if (bytes[at] === dash) {
      if (at + 1 >= bytes.length) return { kind: 'open', start };
      return bytes[at + 1] === dash
        ? { kind: 'found', start, end: at + 2, isLast: true }
        : { kind: 'ambiguous', start };
    }
    const limit = at + maxPaddingBytes;
    while (at < limit && (bytes[at] === 0x20 || bytes[at] === 0x09)) at++;
    if (at >= bytes.length) return { kind: 'open', start };
    if (bytes[at] === cr) {
      if (at + 1 >= bytes.length) return { kind: 'open', start };
      at++;
    } else this.hasBareLineFeed = true;
    // A line that only begins like a delimiter is one to some readers (RFC 2046, 5.1.1) and none to others.
    return bytes[at] === lf ? { kind: 'found', start, end: at + 1, isLast: false } : { kind: 'ambiguous', start };
  }
}

/** Index behind the empty line. */
function endOfHeaders(bytes: Uint8Array, from: number): number | undefined {
  let line = from;
  for (let feed = bytes.indexOf(lf, line); feed >= 0; feed = bytes.indexOf(lf, line)) {
    if (feed === line || (feed === line + 1 && bytes[line] === cr)) return feed + 1;
    line = feed + 1;
  }
  return undefined;
}
