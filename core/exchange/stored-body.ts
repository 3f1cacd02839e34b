import { joined, toHex } from '../bytes.ts';
import { codeWords } from '../error-codes.ts';
import type { KeyedDigest, Spill, SpillError, SpillFile } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import { type ByteBudget, RequestBuffer } from './byte-budget.ts';
import { type Refused, refused } from './stop.ts';

/** A body up to this size waits in memory; a larger one on disk, in parts of this size. */
export const partBytes = 64 * 1024;

/** A whole body, waiting: until it is decided on, until people have approved it, until the model takes it. */
export interface StoredBody {
  readonly length: number;
  /** Keyed, hex: of all its bytes. */
  readonly digest: string;
  /** All of it, when it lies in memory. Valid until `release`. */
  readonly inMemory: Uint8Array | undefined;
  /** How many parts it has; their bytes in order are the body. */
  readonly parts: number;
  part(index: number): Promise<Result<Uint8Array, Refused>>;
  /** Gives memory and disk back. Safe to call twice. */
  release(): void;
}

export interface StorePorts {
  readonly budget: ByteBudget;
  readonly digest: KeyedDigest;
  readonly spill: Spill;
}

type Outcome = Refused | undefined;

/**
 * Takes a body as it comes. A promise is to be waited for before more is pushed: at most one part is on its way to the disk, so
 * a caller who sends faster than the disk writes is slowed down by Envoy, not kept in memory.
 */
export class BodyWriter {
  readonly #maxBytes: number;
  readonly #owner: string;
  readonly #on: StorePorts;
  readonly #memory: RequestBuffer;
  #file: SpillFile | undefined;
  #digest: ReturnType<KeyedDigest['incremental']> | undefined;
  #length = 0;
  #parts = 0;
  #writing: Promise<Result<void, SpillError>> | undefined;

  /** `owner`: session and direction, which the parts on disk are bound to. */
  constructor(maxBytes: number, owner: string, on: StorePorts) {
    this.#maxBytes = maxBytes;
    this.#owner = owner;
    this.#on = on;
    this.#memory = new RequestBuffer(Math.min(partBytes, maxBytes), on.budget);
  }

  /** Takes a copy. `last`: nothing follows. */
  push(chunk: Uint8Array, last = false): Outcome | Promise<Outcome> {
    this.#length += chunk.length;
    if (this.#length > this.#maxBytes) return refused('ERR_BODY_TOO_LARGE', 'request_bytes_limit');
    return this.#length <= partBytes ? this.#keep(chunk, last) : this.#spill(chunk);
  }

  #keep(chunk: Uint8Array, last: boolean): Outcome {
    return this.#memory.push(chunk, last) === 'taken' ? undefined : noRoom;
  }

  async #spill(chunk: Uint8Array): Promise<Outcome> {
    let rest = chunk;
    while (rest.length > 0) {
      const room = partBytes - this.#memory.length;
      if (room === 0) {
        const failure = await this.#writePart();
        if (failure !== undefined) return failure;
        continue;
      }
      const failure = this.#keep(rest.subarray(0, room), false);
      if (failure !== undefined) return failure;
      rest = rest.subarray(room);
    }
    return undefined;
  }

  async #writePart(): Promise<Outcome> {
    if (this.#file === undefined) {
      const created = await this.#on.spill.create(this.#owner);
      if (!created.ok) return notWritten(created.error);
      this.#file = created.value;
    }
    const before = await this.#writing;
    if (before?.ok === false) return notWritten(before.error);
    this.#digest ??= this.#on.digest.incremental();
    this.#digest.update(this.#memory.view());
    this.#writing = this.#file.append(this.#memory.view());
    this.#parts++;
    this.#memory.clear();
    return undefined;
  }

  /** Nothing may be pushed afterwards. */
  async finish(): Promise<Result<StoredBody, Refused>> {
    if (this.#length <= partBytes)
      return ok(inMemory(this.#memory, toHex(this.#on.digest.digest(this.#memory.view()))));
    const failure = await this.#writePart();
    if (failure !== undefined) return err(failure);
    const last = await this.#writing;
    if (last?.ok === false) return err(notWritten(last.error));
    this.#memory.release();
    if (this.#file === undefined || this.#digest === undefined)
      return err(refused('ERR_INTERNAL', 'body_without_parts'));
    return ok(onDisk(this.#file, this.#parts, this.#length, toHex(this.#digest.digest())));
  }

  /** Of a body that was not finished. */
  release(): void {
    this.#memory.release();
    this.#file?.close();
  }
}

const noRoom = refused('ERR_BUSY', 'request_memory_in_use', { retryAfter: 1 });
const notWritten = ({ code, reason }: SpillError): Refused =>
  refused('ERR_BUSY', `${codeWords(code)}: ${reason}`, { retryAfter: 5 });

function inMemory(buffer: RequestBuffer, digest: string): StoredBody {
  const bytes = buffer.view();
  return {
    length: bytes.length,
    digest,
    inMemory: bytes,
    parts: 1,
    part: () => Promise.resolve(ok(bytes)),
    release: () => buffer.release(),
  };
}

function onDisk(file: SpillFile, parts: number, length: number, digest: string): StoredBody {
  return {
    length,
    digest,
    inMemory: undefined,
    parts,
    async part(index) {
      const read = await file.read(index);
      return read.ok ? read : err(refused('ERR_INTERNAL', `${codeWords(read.error.code)}: ${read.error.reason}`));
    },
    release: () => file.close(),
  };
}

/** The first bytes, at most so many; a view where the body lies in memory. */
export async function headOf(body: StoredBody, maxBytes: number): Promise<Result<Uint8Array, Refused>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let index = 0; index < body.parts && length < maxBytes; index++) {
    const part = await body.part(index);
    if (!part.ok) return part;
    parts.push(part.value);
    length += part.value.length;
  }
  return ok(joined(parts).subarray(0, maxBytes));
}
