/** What the tests with Open Inference servers have in common. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@countersign/envoy/test/harness/processes.ts';
import { freePort } from '../../cli/up/configuration.ts';
import type { Document } from './document.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { startClient, startServer } from './python.ts';

/** `127.0.0.1` reads the bodies, `localhost` lets them through as they are: two endpoints for one server, told apart by host. */
const inferencePolicy = `version: 1
endpoints:
  - name: scoring
    match: { host: 127.0.0.1, path: "/v2/models/*/infer", methods: [POST] }
    api: open-inference-v2
    model: { name: "{path[2]}" }
    mask: { request: none, response: bank }
  - name: scoring-unread
    match: { host: localhost, path: "/v2/models/*/infer", methods: [POST] }
    api: opaque
    model: { name: "{path[2]}" }
    mask: { request: none, response: none }
    record: { payload: digest }
  - name: scoring-grpc
    match: { host: 127.0.0.1, path: "/inference.GRPCInferenceService/*", methods: [POST] }
    api: open-inference-v2
    model: { name: credit }
  - name: server-metadata
    match: { host: 127.0.0.1, path: /v2, methods: [GET] }
    api: text
    model: { name: credit }
  - name: server-health
    match: { host: 127.0.0.1, path: "/v2/health/*", methods: [GET] }
    api: text
    model: { name: credit }
  - name: model-metadata
    match: { host: 127.0.0.1, path: "/v2/models/*", methods: [GET] }
    api: text
    model: { name: "{path[2]}" }
  - name: model-readiness
    match: { host: 127.0.0.1, path: "/v2/models/*/ready", methods: [GET] }
    api: text
    model: { name: "{path[2]}" }
rules:
  - { name: analysts, match: { groups: [credit-analysts] }, then: allow }
  - name: bulk-needs-a-second-person
    match: { endpoint: scoring }
    when: body.rows > 100
    then: hold
    approval: { groups: [model-risk], wait: 60s, expires: 5m }
    because: Scoring many accounts at once needs model-risk
`;

export interface InferenceStage {
  readonly gateway: Gateway;
  /** What clients are told: hosts and ports, and ana's token. */
  readonly given: Readonly<Record<'http' | 'unread' | 'grpc' | 'token', string>>;
  ask(scenario: string, more: object): Promise<Document>;
}

/** @param script of the server; it is told a folder and three ports */
export async function startInference(script: string, ends: AsyncDisposableStack): Promise<InferenceStage> {
  const scratch = mkdtempSync(join(tmpdir(), 'countersign-inference-'));
  ends.defer(async () => rmSync(scratch, { recursive: true, force: true }));
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const client = startClient('triton_client.py', ends);
  const { addresses } = await startServer([script, scratch, ...ports.map(String)], ends);
  await until('the server is ready', () => isReady(addresses.text('http')), 60_000);
  const upstreams = [addresses.text('http'), `/inference.GRPCInferenceService/=h2c://${addresses.text('grpc')}`];
  const gateway = await startGateway({ upstreams, policy: inferencePolicy }, ends);
  const address = new URL(gateway.proxy).host;
  const given = {
    http: address,
    unread: address.replace('127.0.0.1', 'localhost'),
    grpc: address,
    token: await gateway.token('ana'),
  };
  return { gateway, given, ask: (scenario, more) => client.ask(scenario, { ...given, ...more }) };
}

const isReady = (server: string): Promise<boolean> =>
  fetch(`${server}/v2/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
