/** For tests: a ProcessStream on a duplex that sends its status as grpc-js' does. */
import { Duplex } from 'node:stream';
import type { Inbound, Outbound } from '@countersign/core/exchange/message.ts';
import { type Converters, ProcessStream } from './process-stream.ts';
import type { WireProcessingRequest, WireProcessingResponse } from './wire.ts';

export const ok = 0;
export const internal = 13;
export const nothing = new Uint8Array(0);

/** As ServerDuplexStreamImpl of grpc-js 1.14: 'error' sets the status, the end of writing sends it, OK when nothing else was said. */
class FakeCall extends Duplex {
  status: number | undefined;
  readonly written: WireProcessingResponse[] = [];
  /** Writes are not taken while this is true, as with an HTTP/2 window of zero. */
  blocked = false;
  #next = ok;
  #unblock: (() => void) | undefined;

  constructor() {
    super({ objectMode: true });
    this.on('error', (error: Error & { code?: number }) => {
      this.#next = error.code ?? internal;
      this.end();
    });
  }
  override _read(): void {}
  override _write(message: WireProcessingResponse, _: string, taken: () => void): void {
    this.written.push(message);
    if (this.blocked) this.#unblock = taken;
    else taken();
  }
  override _final(done: () => void): void {
    this.status = this.#next;
    done();
  }
  unblock(): void {
    this.blocked = false;
    this.#unblock?.();
  }
  /** grpc-js takes no write any more after this, and calls none back. */
  cancel(): void {
    this.blocked = true;
    this.emit('cancelled', 'cancelled');
    this.destroy();
  }
}

const envelope: WireProcessingRequest = { metadata_context: null, observability_mode: false, protocol_config: null };

export function stage(convert: Partial<Converters> = {}) {
  const call = new FakeCall();
  const messages = new Map<WireProcessingRequest, Inbound>();
  const stream = new ProcessStream(call, {
    fromEnvoy: (message) => messages.get(message),
    toEnvoy: () => ({}),
    ...convert,
  });
  const arrive = (inbound: Inbound | undefined): void => {
    const message = { ...envelope };
    if (inbound !== undefined) messages.set(message, inbound);
    call.push(message);
  };
  return { call, stream, arrive };
}
/** Everything that was started has happened. */
export const quiet = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
};

export type Direction = 'request' | 'response';
export const headers = (of: Direction, end = false): Inbound => ({
  kind: `${of}_headers`,
  headers: [],
  end,
  handOff: undefined,
});
export const body = (of: Direction, bytes: Uint8Array, end = false): Inbound => ({ kind: `${of}_body`, bytes, end });
export const answerHeaders = (of: Direction, end = false): Outbound => ({
  kind: `${of}_headers`,
  end,
  set: [],
  remove: [],
});
export const answerBody = (of: Direction, end = false): Outbound => ({ kind: `${of}_body`, bytes: nothing, end });
export const answerTrailers = (of: Direction): Outbound => ({ kind: `${of}_trailers`, set: [], remove: [] });
export const immediate: Outbound = { kind: 'immediate', status: 403, headers: [], body: '', details: '' };
