/** Calls brought to a certain phase. Each resolves when the call is there, with the answer to come. */
import { type ClientRequest, request } from 'node:http';
import { type Answer, call } from './client.ts';
import type { Gateway } from './gateway.ts';
import { until } from './processes.ts';
import { readTrail } from './trail.ts';

export type Outcome = Answer | 'cut';
export interface UnderWay {
  readonly answer: Promise<Outcome>;
}

const orCut = (answer: Promise<Answer>): Promise<Outcome> => answer.catch(() => 'cut' as const);

/** proc-service has some of the request and waits for more. */
export async function startUpload(
  gateway: Gateway,
  token: string,
): Promise<UnderWay & { readonly outgoing: ClientRequest }> {
  const active = (): Promise<number> => gateway.stat('cluster.countersign-proc.upstream_rq_active');
  const before = await active();
  const headers = { host: 'models.bank.test', authorization: `Bearer ${token}` };
  const target = { host: '127.0.0.1', port: gateway.port, path: '/text/upload', method: 'POST', agent: false, headers };
  const outgoing = request(target);
  const answer = new Promise<Outcome>((resolve) => {
    outgoing.on('error', () => resolve('cut'));
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
      response.on('close', () => {
        const { statusCode: status = 0, complete, headers: given, trailers } = response;
        resolve({ status, headers: given, trailers, body: Buffer.concat(chunks), complete });
      });
    });
  });
  await until('proc-service collects it', async () => {
    if (!outgoing.destroyed) outgoing.write('piece ');
    return (await active()) > before;
  });
  return { outgoing, answer };
}

/** The body of a call that is held, of so many rows. */
export function heldBody(rows: number): string {
  const data = Array.from({ length: rows }, () => 0.5);
  return JSON.stringify({ inputs: [{ name: 'x', shape: [rows, 1], datatype: 'FP64', data }] });
}

/** People are asked. `rows`, above 100, tells calls apart: each number is an approval of its own. */
export async function startHold(gateway: Gateway, token: string, rows: number, model = 'credit'): Promise<UnderWay> {
  const held = (): number => readTrail(gateway.ledger).filter(({ type }) => type === 'session.held').length;
  const before = held();
  const path = `/v2/models/${model}/infer`;
  const answer = orCut(call({ port: gateway.port, path, token, body: heldBody(rows) }));
  await until('it is held', () => held() > before);
  return { answer };
}

/** The model has the request and says nothing until `release`. */
export async function startThought(
  gateway: Gateway,
  token: string,
  text: string,
  path = '/text/think',
): Promise<UnderWay & { release(): void }> {
  const released = Promise.withResolvers<void>();
  gateway.model.answer = async (_, response) => {
    await released.promise;
    response.writeHead(200, { 'content-type': 'text/plain' }).end(text);
  };
  const before = gateway.model.reached.length;
  const answer = orCut(call({ port: gateway.port, path, token, body: 'go' }));
  await until('the model has it', () => gateway.model.reached.length > before);
  return { answer, release: () => released.resolve() };
}

/** The caller has the first words of an answer; the others come with `release`. */
export async function startStream(
  gateway: Gateway,
  token: string,
  [first, rest]: readonly [string, string],
): Promise<UnderWay & { release(): void }> {
  const released = Promise.withResolvers<void>();
  gateway.model.answer = async (_, response) => {
    response.on('error', () => undefined).writeHead(200, { 'content-type': 'text/plain' });
    response.write(first);
    await released.promise;
    response.end(rest);
  };
  const begun = Promise.withResolvers<void>();
  const onData = (): void => begun.resolve();
  const answer = orCut(call({ port: gateway.port, path: '/text/stream', token, body: 'go', onData }));
  await Promise.race([begun.promise, answer]);
  return { answer, release: () => released.resolve() };
}
