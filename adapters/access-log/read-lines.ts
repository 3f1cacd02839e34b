/** Lines of log files, gzip or not, a piece at a time: a log of a week does not fit into memory. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** `texts` are whole lines, the first of them with that number. A fault is told at the line where it begins. */
export type LogPiece =
  | { readonly kind: 'lines'; readonly first: number; readonly texts: readonly string[] }
  | {
      readonly kind: 'fault';
      readonly number: number;
      readonly fault: 'too_long' | 'not_gzip';
      readonly detail?: string;
    };

const readBytes = 256 * 1024;
/** Envoy takes 60 KiB of headers; a line holds a few of them, each byte escaped in the worst case. */
const maxLineBytes = 1024 * 1024;
const newline = 0x0a;

/** @throws when the file cannot be opened or read */
export async function* readLogPieces(file: string): AsyncGenerator<LogPiece> {
  const splitter = new LineSplitter();
  const isPacked = await isGzip(file);
  const raw = createReadStream(file, { highWaterMark: readBytes });
  try {
    for await (const chunk of isPacked ? unpacked(raw) : raw) if (Buffer.isBuffer(chunk)) yield* splitter.take(chunk);
  } catch (error) {
    // What is damaged is a fault of the log, told with its place; that it cannot be read at all is not.
    if (!isPacked || !isZlibError(error)) throw error;
    yield { kind: 'fault', number: splitter.number, fault: 'not_gzip', detail: error.message };
    return;
  }
  yield* splitter.end();
}

function unpacked(raw: Readable): Readable {
  const gunzip = createGunzip({ chunkSize: readBytes });
  raw.on('error', (error) => gunzip.destroy(error));
  return raw.pipe(gunzip);
}

/** By its first bytes: a rotated file may have any name. A pipe is read once only, and taken as it is. */
async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    if (!(await handle.stat()).isFile()) return false;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

const isZlibError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');

class LineSplitter {
  /** Of the line that comes next. */
  number = 1;
  #rest: readonly Buffer[] = [];
  #restBytes = 0;
  #isTooLong = false;

  *take(chunk: Buffer): Generator<LogPiece> {
    let from = 0;
    if (this.#isTooLong) {
      const end = chunk.indexOf(newline);
      if (end === -1) return;
      this.#isTooLong = false;
      this.number++;
      from = end + 1;
    }
    const last = chunk.lastIndexOf(newline);
    if (last >= from) {
      const text = Buffer.concat([...this.#rest, chunk.subarray(from, last)]).toString('utf8');
      const texts = text.split('\n');
      yield { kind: 'lines', first: this.number, texts };
      this.number += texts.length;
      this.#rest = [];
      this.#restBytes = 0;
      from = last + 1;
    }
    this.#rest = [...this.#rest, chunk.subarray(from)];
    this.#restBytes += chunk.length - from;
    if (this.#restBytes <= maxLineBytes) return;
    yield { kind: 'fault', number: this.number, fault: 'too_long' };
    this.#rest = [];
    this.#restBytes = 0;
    this.#isTooLong = true;
  }

  /** A last line without its newline is one all the same: the log may still be written. */
  *end(): Generator<LogPiece> {
    if (this.#restBytes > 0) {
      yield { kind: 'lines', first: this.number, texts: [Buffer.concat([...this.#rest]).toString('utf8')] };
      this.number++;
    }
    this.#rest = [];
    this.#restBytes = 0;
  }
}
