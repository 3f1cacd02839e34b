import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface DemoAddresses {
  readonly issuer: string;
  readonly audience: string;
  /** The model server's own key: the gateway puts it in, callers never hold it. */
  readonly modelKey: string;
  /** `host:port` the console is to listen on. */
  readonly console: string;
}

/** Writes `countersign.yaml`, `policy/*.yaml` and the upstream's key (0600) into `directory`. Gateway keys are made by `up`. */
export function writeDemoConfiguration(directory: string, addresses: DemoAddresses): void {
  for (const folder of ['policy', 'keys']) mkdirSync(join(directory, folder), { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, 'keys', 'model.key'), `${addresses.modelKey}\n`, { mode: 0o600 });
  writeFileSync(join(directory, 'countersign.yaml'), stringify(configuration(addresses)));
  writeFileSync(join(directory, 'policy', 'credit-scoring.yaml'), creditScoringPolicy);
  writeFileSync(join(directory, 'policy', 'assistant.yaml'), assistantPolicy);
}

function configuration({ issuer, audience, console }: DemoAddresses): object {
  return {
    version: 1,
    issuers: [{ issuer, audience: [audience], algorithms: ['RS256'], require_access_token_type: true }],
    listeners: { console },
    ledger: { directory: 'ledger' },
    keys: { hand_off: 'keys/hand-off.key', digest: 'keys/digest.key', payload: 'keys/payload.json' },
    credentials: [{ name: 'model-key', header: 'authorization', prefix: 'Bearer ', file: 'keys/model.key' }],
    approvals: { store: 'approvals.db', url: `http://${console}` },
  };
}

const creditScoringPolicy = `version: 1
endpoints:
  - name: credit-scoring
    match: { host: 127.0.0.1, path: "/v2/models/*/infer", methods: [POST] }
    api: open-inference-v2
    model: { name: "{path[2]}", version: "7", tier: high, owner: model-risk }
    mask: { request: none, response: bank }
    record: { payload: sealed, retention: 25 months, unavailable: refuse }
    upstream: { credential: model-key }   # the caller's token is removed, the model's own key is put in
rules:
  - name: analysts-score
    match: { endpoint: credit-scoring, groups: [credit-analysts] }
    then: allow
  - name: bulk-needs-a-second-person
    match: { endpoint: credit-scoring }
    when: body.rows > 100
    then: hold
    approval: { groups: [model-risk], count: 1, wait: 240s, expires: 30m, scope: request }
    because: Scoring many accounts at once needs model-risk approval
  - name: never-a-dump
    match: { endpoint: credit-scoring }
    when: body.rows > 50000
    then: deny
    because: Whole-portfolio scoring runs in the batch system
`;

const assistantPolicy = `version: 1
endpoints:
  - name: assistant
    match: { host: 127.0.0.1, path: "/v1/chat/completions", methods: [POST] }
    api: openai
    model: { name: bank-assistant, tier: medium, owner: model-risk }
    mask: { request: none, response: bank }
    upstream: { credential: model-key }
  - name: assistant-responses             # the same assistant, as OpenAI's Responses …
    match: { host: 127.0.0.1, path: "/v1/responses", methods: [POST] }
    api: openai
    model: { name: bank-assistant, tier: medium, owner: model-risk }
    upstream: { credential: model-key }
  - name: assistant-messages              # … and as Anthropic's Messages
    match: { host: 127.0.0.1, path: "/v1/messages", methods: [POST] }
    api: anthropic
    model: { name: bank-assistant, tier: medium, owner: model-risk }
    upstream: { credential: model-key }
rules:
  - name: bank-staff-ask
    match: { endpoint: assistant, groups: [credit-analysts, model-risk] }
    then: allow
  - name: bank-staff-ask-by-responses
    match: { endpoint: assistant-responses, groups: [credit-analysts, model-risk] }
    then: allow
  - name: bank-staff-ask-by-messages
    match: { endpoint: assistant-messages, groups: [credit-analysts, model-risk] }
    then: allow
`;
