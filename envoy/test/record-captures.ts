/**
 * Records what the real Envoy says to both services, under the configuration that `countersign up` gives it, for the tests of the
 * codec (adapters/grpc/captures.test.ts). To record again, with the project's own Node (24):
 *
 *     node envoy/test/record-captures.ts
 *
 * Two servers of its own answer without doing anything, so that no key and no token is involved.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { encodeCheckResponse } from '@countersign/adapters/grpc/check-codec.ts';
import type { StreamListener } from '@countersign/adapters/grpc/direct-calls.ts';
import { checkPath, processPath } from '@countersign/adapters/grpc/methods.ts';
import { decodeProcessingRequest } from '@countersign/adapters/grpc/process-request.ts';
import { encodeProcessingResponse } from '@countersign/adapters/grpc/process-response.ts';
import type { ProcessCall } from '@countersign/adapters/grpc/process-stream.ts';
import { type GrpcServer, startGrpcServer } from '@countersign/adapters/grpc/server.ts';
import type { WireProcessingRequest, WireProcessingResponse } from '@countersign/adapters/grpc/wire.ts';
import { envoyPath } from '../../setup/paths.mjs';
import { call } from './harness/client.ts';
import { startEnvoy } from './harness/gateway.ts';
import { grpcCaller } from './harness/grpc-call.ts';
import { until } from './harness/processes.ts';
import { startModel } from './harness/upstream.ts';

interface Captured {
  readonly exchange: string;
  readonly message: 'check' | 'process';
  readonly base64: string;
}
const captured: Captured[] = [];
let exchange = '';
const keep = (message: Captured['message'], bytes: Buffer): void =>
  void captured.push({ exchange, message, base64: bytes.toString('base64') });

// ── The two services

const dynamic_metadata = [
  ['session', '01K0EXAMPLEEXAMPLEEXAMPLE0'],
  ['hand_off', JSON.stringify({ v: 1, session: '01K0EXAMPLEEXAMPLEEXAMPLE0', note: 'grün 漢字' })],
  ['mac', Buffer.alloc(32, 7).toString('base64url')],
] as const;

async function check(bytes: Buffer): Promise<Buffer> {
  keep('check', bytes);
  if (!bytes.includes('/denied'))
    return encodeCheckResponse({ status: 0, ok_response: { headers_to_remove: [] }, dynamic_metadata });
  const denied_response = { status: 403, headers: [['content-type', 'text/plain']], body: 'no' } as const;
  return encodeCheckResponse({ status: 7, denied_response, dynamic_metadata });
}

let streams = 0;
function pass(call: ProcessCall): StreamListener {
  streams++;
  let isOpen = true;
  return {
    start: () => call.startRead(),
    receive(bytes) {
      keep('process', bytes);
      const answer = unchanged(decodeProcessingRequest(bytes, undefined));
      if (answer !== undefined) call.sendMessage(encodeProcessingResponse(answer), () => undefined);
      call.startRead();
    },
    close() {
      if (isOpen) streams--;
      isOpen = false;
    },
  };
}

function unchanged({ request, body, end_of_stream }: WireProcessingRequest): WireProcessingResponse | undefined {
  switch (request) {
    case undefined:
      return undefined;
    case 'request_body':
    case 'response_body':
      return { response: request, body, end_of_stream };
    default:
      return { response: request, set_headers: [], remove_headers: [] };
  }
}

const serve = async (options: Pick<Parameters<typeof startGrpcServer>[0], 'name' | 'method'>): Promise<GrpcServer> => {
  const server = await startGrpcServer({
    listen: '127.0.0.1:0',
    socketAccess: 'owner',
    maxMessageBytes: 1 << 24,
    ...options,
  });
  server.serve();
  return server;
};

// ── An upstream with HTTP/2, for trailers

async function startH2(): Promise<{ readonly port: number; close(): void }> {
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const type = headers['content-type'] ?? 'text/plain';
    stream.on('error', () => undefined).resume();
    if (headers[':path'] === '/h2.Service/Fail') {
      stream.respond({ 'content-type': type, 'grpc-status': '5', 'grpc-message': 'not here' }, { endStream: true });
      return;
    }
    stream.on('end', () => {
      stream.respond({ 'content-type': type }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-trailer': ['one', 'two'] }));
      stream.end(type === 'application/grpc' ? Buffer.from([0, 0, 0, 0, 2, 8, 1]) : 'answer');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, close: () => server.close() };
}

async function withTrailers(port: number): Promise<void> {
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request(
    { ':method': 'POST', ':path': '/h2/trailers', ':authority': 'models.bank.test' },
    { waitForTrailers: true },
  );
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-checksum': 'abc', 'x-twice': ['1', '2'] }));
  stream.end('a request');
  await text(stream);
  session.close();
}

// ── The calls

const odd = {
  'x-latin1': 'caf\u00e9',
  'x-utf8': Buffer.from('grün 漢字').toString('latin1'),
  'x-every': Buffer.from(Array.from({ length: 128 }, (_, index) => 128 + index)).toString('latin1'),
  'x-empty': '',
};

async function record(): Promise<string> {
  const binary = envoyPath();
  if (binary === undefined) throw new Error('Envoy is not installed: `npm test` installs it');
  const directory = mkdtempSync(join(tmpdir(), 'countersign-captures-'));
  const [authz, proc, h2, model] = await Promise.all([
    serve({ name: 'envoy.service.auth.v3.Authorization', method: { kind: 'unary', path: checkPath, serve: check } }),
    serve({
      name: 'envoy.service.ext_proc.v3.ExternalProcessor',
      method: { kind: 'stream', path: processPath, serve: pass },
    }),
    startH2(),
    startModel(),
  ]);
  const local = { domain: '*', host: '127.0.0.1', tls: false } as const;
  const { started, addresses } = await startEnvoy(
    binary,
    directory,
    { authzs: [authz.listen], procs: [proc.listen] },
    {
      workers: 1,
      upstreams: [
        { name: 'h2', prefix: '/h2', port: h2.port, http2: true, ...local },
        { name: 'model', prefix: '/', port: model.port, ...local },
      ],
    },
  );
  const at = { port: addresses.port, token: 'an-example' };
  const grpc = grpcCaller(addresses.port);
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    GET: () => call({ ...at, path: '/get?a=1' }),
    HEAD: () => call({ ...at, path: '/head', method: 'HEAD' }),
    'POST with a length': () => call({ ...at, path: '/post', body: '{"messages":[]}' }),
    'POST in chunks': () =>
      call({ ...at, path: '/post', pieces: ['one ', 'two ', 'three'].map((piece) => Buffer.from(piece)) }),
    'POST in chunks, of nothing': () => call({ ...at, path: '/post', pieces: [] }),
    'POST of 64 KiB': () => call({ ...at, path: '/post', body: 'sixteen bytes.. '.repeat(4096) }),
    'odd header bytes': () => call({ ...at, path: '/odd', headers: odd }),
    'headers that stand twice': () => call({ ...at, path: '/twice', headers: { 'x-twice': ['a', 'b', 'a'] } }),
    'server-sent events': () => call({ ...at, path: '/events' }),
    'trailers both ways': () => withTrailers(addresses.port),
    gRPC: () => grpc.unary('/h2.Service/Call', Buffer.from([8, 1])),
    'gRPC, trailers only': () => grpc.unary('/h2.Service/Fail', Buffer.from([8, 1])),
    'denied by the first filter': () => call({ ...at, path: '/denied' }),
    'an upstream that is gone': () => call({ ...at, path: '/gone' }),
  };
  model.answer = async ({ path }, response) => {
    if (path === '/gone') response.destroy();
    else if (path === '/odd') response.writeHead(200, odd).end('odd');
    else if (path === '/twice')
      response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'], 'x-twice': ['c', 'd'] }).end('twice');
    else if (path === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let event = 0; event < 4; event++) {
        response.write(`data: {"event":${event}}\n\n`);
        await pause(20);
      }
      response.end('data: [DONE]\n\n');
    } else response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
  };
  for (const [name, make] of Object.entries(calls)) {
    exchange = name;
    await make();
    await until('the exchange is over', () => streams === 0);
  }
  const { version } = Object(await (await fetch(`${addresses.admin}/server_info`)).json());
  grpc.close();
  await started.end('SIGTERM');
  for (const part of [h2, model]) part.close();
  await Promise.all([authz.drain(0), proc.drain(0)]);
  rmSync(directory, { recursive: true, force: true });
  return /\d+\.\d+\.\d+/.exec(String(version))?.[0] ?? 'unknown';
}

const envoy = await record();
const from = 'What Envoy sent to both services; recorded by envoy/test/record-captures.ts, which records it again.';
const file = fileURLToPath(new URL('../../adapters/grpc/test/captures/envoy.json', import.meta.url));
writeFileSync(file, `${JSON.stringify({ envoy, from, messages: captured }, undefined, 2)}\n`);
