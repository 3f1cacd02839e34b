/** Bytes on a socket, for what an HTTP library would not send, or would hide. Text is latin1: one character, one byte. */
import { connect } from 'node:net';
import { until } from './processes.ts';

export interface RawAnswer {
  /** Everything that came. */
  readonly text: string;
  /** The first status; 0 when nothing came. Interim answers (1xx) do not count. */
  readonly status: number;
  /** All statuses in order, interim ones included. */
  readonly statuses: readonly number[];
  /** As the answer names it; '' when it names none. */
  readonly session: string;
}

export interface RawCall {
  /** Sent one after the other, each in a write of its own. */
  readonly pieces: readonly string[];
  /** Enough was read: the socket is ended. Otherwise the other side has to close it, as after `connection: close`. */
  readonly enough?: (text: string) => boolean;
}

export async function rawCall(port: number, { pieces, enough }: RawCall): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let closed = false;
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  // A reset after the answer is one way in which a proxy closes.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  for (const piece of pieces) {
    if (!socket.destroyed) socket.write(Buffer.from(piece, 'latin1'));
    await new Promise((turn) => setImmediate(turn));
  }
  await until('the other side answers and closes', () => closed || enough?.(text) === true);
  socket.destroy();
  const statuses = [...text.matchAll(/(?:^|\r\n\r\n|\n)HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status));
  const session = /^x-countersign-session: (\w+)\r$/im.exec(text)?.[1] ?? '';
  return { text, status: statuses.find((status) => status >= 200) ?? 0, statuses, session };
}

/** A request with a host, a token and `connection: close`; lines are given without their ends. */
export function rawRequest(
  line: string,
  token: string | undefined,
  headers: readonly string[] = [],
  body = '',
): string {
  const all = [
    line,
    'host: models.bank.test',
    'connection: close',
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
    ...headers,
  ];
  return `${all.join('\r\n')}\r\n\r\n${body}`;
}
