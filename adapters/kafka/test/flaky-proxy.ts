import { connect, createServer, type Socket } from 'node:net';

export interface FlakyProxy {
  /** How many Produce requests it cut so far. */
  readonly cuts: number;
  close(): Promise<void>;
}

/**
 * What to do with a Produce request. lose_request: the broker gets half of it. lose_answer: the broker writes it and the client
 * never learns. The second tells a sender that loses or reorders from one that does not.
 */
export type Fate = 'forward' | 'lose_request' | 'lose_answer';

/** Between a client and a broker, both on 127.0.0.1. With each request or answer it loses, it cuts that connection. */
export async function startFlakyProxy(port: number, target: number, nextFate: () => Fate): Promise<FlakyProxy> {
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const broker = connect(target, '127.0.0.1');
    const frames = createFrameReader();
    let losesAnswer = false;
    const end = () => {
      client.destroy();
      broker.destroy();
    };
    const cut = () => {
      cuts += 1;
      end();
    };
    client.on('data', (part) => {
      const fate = frames.beginsProduce(part) ? nextFate() : 'forward';
      if (fate === 'lose_request') {
        broker.write(part.subarray(0, part.length / 2), cut);
        return;
      }
      losesAnswer ||= fate === 'lose_answer';
      broker.write(part);
    });
    broker.on('data', (part) => (losesAnswer ? cut() : client.write(part)));
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    get cuts() {
      return cuts;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const produceApiKey = 0;

/** Follows the length-prefixed requests of one connection; kafkajs writes each one's beginning in one piece. */
function createFrameReader(): { beginsProduce(part: Buffer): boolean } {
  let bytesLeft = 0;
  return {
    beginsProduce(part) {
      let found = false;
      let at = bytesLeft;
      while (at + 6 <= part.length) {
        found ||= part.readInt16BE(at + 4) === produceApiKey;
        at += 4 + part.readInt32BE(at);
      }
      bytesLeft = at - part.length;
      return found;
    },
  };
}
