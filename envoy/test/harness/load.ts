/** Callers that call one after the other over kept connections, until they are told to stop. */
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export interface Called {
  /** 0: no answer at all. */
  readonly status: number;
  /** False: the answer was cut. */
  readonly complete: boolean;
  readonly session: string | undefined;
  /** Why there is no answer. */
  readonly error?: string;
}

export interface LoadOptions {
  readonly port: number;
  readonly token: string;
  readonly callers: number;
  readonly path?: string;
  readonly body?: string;
}

export interface Load {
  /** All that have ended so far. */
  readonly called: readonly Called[];
  /** Lets what is under way end. */
  stop(): Promise<readonly Called[]>;
}

const pauseAfterFailureMs = 50;

export function startLoad(options: LoadOptions): Load {
  const { port, token, callers, path = '/text/a', body = 'how is 536-22-8726 doing' } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const headers = {
    host: 'models.bank.test',
    authorization: `Bearer ${token}`,
    'content-length': Buffer.byteLength(body),
  };
  const called: Called[] = [];
  let going = true;
  const one = (): Promise<Called> =>
    new Promise((resolve) => {
      const outgoing = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (response) => {
        const session = response.headers['x-countersign-session'];
        response.on('error', () => undefined).resume();
        response.on('close', () =>
          resolve({
            status: response.statusCode ?? 0,
            complete: response.complete,
            session: typeof session === 'string' ? session : undefined,
          }),
        );
      });
      outgoing.on('error', (error) =>
        resolve({ status: 0, complete: false, session: undefined, error: String(error) }),
      );
      outgoing.end(body);
    });
  const caller = async (): Promise<void> => {
    while (going) {
      const answer = await one();
      called.push(answer);
      // As clients do; at full speed, callers of a gateway that is down would be the whole load.
      if (answer.status !== 200) await pause(pauseAfterFailureMs);
    }
  };
  const all = Promise.all(Array.from({ length: callers }, caller));
  return {
    called,
    async stop() {
      going = false;
      await all;
      agent.destroy();
      return called;
    },
  };
}
