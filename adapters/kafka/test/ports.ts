import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';

/**
 * A port that stays ours over a restart. Below the range from which the kernel gives ports to clients: while a broker is down, a
 * client that keeps knocking on such a port can be given that very port, connect to itself, and hold it.
 */
export async function freePort(...taken: readonly number[]): Promise<number> {
  for (;;) {
    const port = randomInt(18_000, 32_000);
    if (!taken.includes(port) && (await isFree(port))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

const correlation = 7;
/** ApiVersions v0: length, api key 18, version 0, correlation id, client id `up?`. The one request any broker answers. */
const request = Buffer.from([0, 0, 0, 13, 0, 18, 0, 0, 0, 0, 0, correlation, 0, 3, ...Buffer.from('up?')]);

/** Whether a broker on 127.0.0.1 serves requests: a well-formed answer without an error code. */
export function answersApiVersions(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    const done = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    let answer = Buffer.alloc(0);
    socket.setTimeout(1_500, () => done(false));
    socket.on('error', () => done(false));
    socket.on('end', () => done(false));
    socket.on('data', (part) => {
      answer = Buffer.concat([answer, part]);
      if (answer.length >= 10) done(answer.readInt32BE(4) === correlation && answer.readInt16BE(8) === 0);
    });
  });
}
