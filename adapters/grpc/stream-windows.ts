import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { shareOf } from './memory-shares.ts';

/**
 * With HTTP/2's default of 64 KiB an answer of that size waits for a window update in its middle: 30 % of proc-service's CPU for
 * it, measured. But a window is what Envoy may send unasked, and Node keeps it in memory until it is read, stream by stream.
 */
export const mostWindowBytes = 1024 * 1024;
const leastWindowBytes = 64 * 1024;
/** Node gives the connection's window back as data arrives, read or not; it only has to be out of the way. */
const connectionWindowBytes = 16 * 1024 * 1024;
/** For the windows of all streams of a server together. */
const totalBytes = 64 * 1024 * 1024;

/** A power of two. */
const windowFor = (streams: number): number =>
  2 ** Math.floor(Math.log2(shareOf(streams, leastWindowBytes, mostWindowBytes, totalBytes)));

/** Down as soon as there are too many streams for `current`, up only when there are half as many: each change is a frame. */
export function nextWindow(current: number, streams: number): number {
  return Math.max(Math.min(current, windowFor(streams)), windowFor(streams * 2));
}

/** The receive windows of one server: large for few streams, the default for a thousand. Lowering one takes nothing back. */
export class StreamWindows {
  readonly #sessions = new Set<ServerHttp2Session>();
  #streams = 0;
  #windowBytes = mostWindowBytes;

  /** A session begins with the window of its server's settings, the largest. */
  addSession(session: ServerHttp2Session): void {
    session.setLocalWindowSize(connectionWindowBytes);
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    if (this.#windowBytes !== mostWindowBytes) session.settings({ initialWindowSize: this.#windowBytes });
  }

  addStream(stream: ServerHttp2Stream): void {
    this.#count(1);
    stream.once('close', this.#closed);
  }

  readonly #closed = (): void => this.#count(-1);

  #count(delta: 1 | -1): void {
    this.#streams += delta;
    const windowBytes = nextWindow(this.#windowBytes, this.#streams);
    if (windowBytes === this.#windowBytes) return;
    this.#windowBytes = windowBytes;
    for (const session of this.#sessions)
      if (!session.closed && !session.destroyed) session.settings({ initialWindowSize: windowBytes });
  }
}
