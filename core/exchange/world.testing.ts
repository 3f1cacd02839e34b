/** An Envoy and a world in memory, with one clock of events over both, so that tests can ask what came before what. */

import { createPatternEngine } from '@countersign/adapters/re2/pattern-engine.ts';
import { patchCodec } from '@countersign/adapters/zlib/patch-codec.ts';
import type { JsonObject, RecordDraft, RecordType } from '../ledger/record.ts';
import { draftFault } from '../ledger/records/catalogue.ts';
import { endFacts } from '../ledger/session-facts.ts';
import { noneProfile } from '../masking/profile.ts';
import { loadPolicy } from '../policy/load.ts';
import type { Emit, Ledger } from '../ports.ts';
import { err, ok } from '../result.ts';
import { ByteBudget } from './byte-budget.ts';
import type { HandOff } from './hand-off.ts';
import { HoldSlots } from './hold-slots.ts';
import type { Exchange, Inbound, Outbound } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import { RefusalCounts } from './refusal-counts.ts';

export type Happened =
  | { readonly what: 'recorded'; readonly type: RecordType; readonly draft: RecordDraft }
  | { readonly what: 'sent'; readonly answer: Outbound }
  | { readonly what: 'asked_broker'; readonly seq: number }
  | { readonly what: 'finished' }
  | { readonly what: 'reset'; readonly reason: string };

/** What the last record says; the end of a session by the names of session-facts.ts. */
export function lastFacts(happened: readonly Happened[]): JsonObject {
  const last = happened.flatMap((event) => (event.what === 'recorded' ? [event.draft] : [])).at(-1);
  return last === undefined ? {} : endFacts(last);
}

export interface World {
  readonly happened: Happened[];
  readonly exchange: Exchange;
  readonly ports: ExchangePorts;
}

const copyProfile = { ...noneProfile, name: 'bank' };

const text = `version: 1
endpoints:
  - name: plain
    match: { host: h.test, path: /a, methods: [POST, GET] }
    api: text
    model: { name: m }
    mask: { request: none, response: none }
    record: { payload: sealed, retention: 13 months, unavailable: refuse }
  - name: strict
    match: { host: h.test, path: /s, methods: [POST] }
    api: text
    model: { name: m }
    mask: { request: none, response: none }
    record: { response: strict }
  - name: opaque
    match: { host: h.test, path: /o, methods: [POST, GET] }
    api: opaque
    model: { name: m }
    mask: { request: none, response: none }
    record: { payload: digest, retention: 13 months, unavailable: refuse }
  - name: kept
    match: { host: h.test, path: /k, methods: [POST] }
    api: text
    model: { name: m }
    mask: { request: none, response: none }
    record: { payload: digest, durability: broker }
  - name: kept-opaque
    match: { host: h.test, path: /ko, methods: [POST] }
    api: opaque
    model: { name: m }
    mask: { request: none, response: none }
    record: { payload: digest, durability: broker }
  - name: messages
    match: { host: h.test, path: "/inference.GRPCInferenceService/*" }
    api: open-inference-v2
    model: { name: m }
    mask: { request: bank, response: bank }
rules:
  - { name: all, match: { groups: [staff] }, then: allow }
  - { name: few, match: { endpoint: messages }, when: body.rows > 3, then: deny, because: Only a few rows }
  - { name: seen, match: { endpoint: messages }, when: body.rows == 2, then: hold, approval: { groups: [risk] } }
`;

const zeroHash = { sha256: () => new Uint8Array(32) };
const loaded = loadPolicy(
  [{ name: 'p.yaml', text }],
  { credentials: [] },
  { hash: zeroHash, patterns: createPatternEngine() },
);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
const policy = loaded.value;

export const handOff: HandOff = {
  v: 1,
  session: '01JD0000000000000000000000',
  principal: { subject: 'ana', issuer: 'https://idp.test', groups: ['staff'], method: 'oidc', expires: 4_000_000_000 },
  method: 'POST',
  authority: 'h.test',
  path: '/a',
  endpoint: 'plain',
  revision: 'r',
  outcome: 'allow',
  expires: 2_000_000_000_000,
};

export interface Faults {
  /** This append and all later ones fail. */
  readonly fullFrom?: number;
  /** This call of the digest throws, as a bug would. */
  readonly throwAt?: number;
  /** A broker has no record from this number on. */
  readonly unreachedFrom?: number;
}

export function createWorld(script: readonly Inbound[], faults: Faults): World {
  const happened: Happened[] = [];
  return { happened, exchange: scripted(script, happened), ports: portsOf(happened, faults) };
}

function scripted(script: readonly Inbound[], happened: Happened[]): Exchange {
  const rest = [...script];
  return {
    arrival: () => Promise.resolve(),
    hasArrived: () => true,
    next: () => {
      const message: Inbound = rest.shift() ?? { kind: 'gone' };
      return Promise.resolve(message);
    },
    send: (answer) => {
      happened.push({ what: 'sent', answer });
      return Promise.resolve(true);
    },
    finish: () => void happened.push({ what: 'finished' }),
    reset: (reason) => void happened.push({ what: 'reset', reason }),
  };
}

function portsOf(happened: Happened[], faults: Faults): ExchangePorts {
  let digests = 0;
  const countDigest = (): void => {
    if (digests++ === faults.throwAt) throw new TypeError('injected');
  };
  let id = 0;
  const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 };
  const timers = { after: () => () => undefined, turn: () => Promise.resolve() };
  const ledger = ledgerOf(happened, faults.fullFrom ?? Number.POSITIVE_INFINITY);
  return {
    clock,
    ids: { ulid: () => `01JD000000000000000000000${++id}` },
    timers,
    codec: {
      reads: (coding) => coding === 'identity',
      decoder: (coding) => (coding === 'identity' ? identity : undefined),
      whole: (coding, bytes) => (coding === 'identity' ? bytes : undefined),
    },
    digest: {
      keyId: 'k',
      digest: () => {
        countDigest();
        return new Uint8Array(32);
      },
      incremental: () => ({ update: countDigest, digest: () => new Uint8Array(32) }),
    },
    sealers: { of: () => ({ seal: () => ({ key: 'k', enc: 'e', box: 'sealed' }) }) },
    patches: patchCodec,
    ledger,
    replication: {
      reached: ({ seq }) => {
        happened.push({ what: 'asked_broker', seq });
        return Promise.resolve(seq < (faults.unreachedFrom ?? Number.POSITIVE_INFINITY));
      },
    },
    refusals: new RefusalCounts('proc-service', { perSource: 1000, total: 1000 }, { clock, timers, ledger }),
    approvals: unusable,
    masking: {
      masker: passing,
      maskText: (value) => ({ text: value, summary: nothing }),
      inspect: (value) => ({ text: value, spans: [], summary: nothing }),
      alternation: () => '',
    },
    copyProfile: (traffic) => (traffic?.name === 'bank' ? traffic : copyProfile),
    policy: () => policy,
    verifyMac: (_, mac) => mac === 'good',
    credential: () => undefined,
    approvalUrl: () => '',
    draining: new AbortController().signal,
    budget: new ByteBudget(1024),
    spill: { create: () => Promise.resolve(err({ code: 'ERR_SPILL_DISK', reason: 'not in this test' })) },
    holds: new HoldSlots(10),
    limits: {
      requestBytes: 64,
      payloadBytes: 64 * 1024,
      uploadIdleMs: 1000,
      responseEventBytes: 64,
      responseMessageBytes: 64,
      decodedBytes: 1024,
      expansionRatio: 10,
    },
    metrics: {
      began: () => undefined,
      left: () => undefined,
      phase: () => undefined,
      ended: () => undefined,
      held: () => undefined,
      holdEnded: () => undefined,
      masked: () => undefined,
    },
    failure: () => undefined,
  };
}

const identity = {
  push: async (chunk: Uint8Array, emit: Emit): Promise<void> => emit(chunk),
  end: () => Promise.resolve(),
  close: () => undefined,
};
const nothing = { counts: {}, faults: [] };
const passing = () => ({
  push: (chunk: Uint8Array) => chunk,
  end: () => new Uint8Array(0),
  failure: () => undefined,
  summary: () => nothing,
});

function ledgerOf(happened: Happened[], fullFrom: number): Ledger {
  let appends = 0;
  let written = 0;
  return {
    id: 'proc-service/0/x',
    append: (drafts) => {
      if (appends++ >= fullFrom) return Promise.resolve(err({ code: 'ERR_LEDGER_FULL', reason: 'disk_full' }));
      for (const draft of drafts) {
        const fault = draftFault(draft);
        if (fault !== undefined) throw new Error(fault);
        happened.push({ what: 'recorded', type: draft.type, draft });
      }
      return Promise.resolve(ok(drafts.map(() => ({ ledger: 'proc-service/0/x', seq: written++ }))));
    },
    close: () => Promise.resolve(),
  };
}

const refusedStore = () => err({ code: 'ERR_APPROVAL_STORE', reason: 'not in this test' } as const);
const unusable = {
  request: refusedStore,
  get: refusedStore,
  list: refusedStore,
  decide: refusedStore,
  consume: refusedStore,
  withdraw: refusedStore,
  settled: () => Promise.resolve(refusedStore()),
};
