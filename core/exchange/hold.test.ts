import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Approval } from '../approval/approval.ts';
import { requestOf } from '../approval/request.testing.ts';
import type { Decision } from '../policy/policy.ts';
import { err, ok } from '../result.ts';
import { awaitApproval, type HoldSubject } from './hold.ts';
import type { ExchangePorts } from './ports.ts';
import { sessionWith } from './session.testing.ts';
import { refused } from './stop.ts';
import { createWorld, handOff } from './world.testing.ts';

const request = requestOf();
const approved: Approval = {
  ...request,
  id: '01M83J0V1F000000000000000A',
  state: 'approved',
  requestedAtMs: 0,
  expiresAtMs: 1,
  votes: [],
  decidedAtMs: 0,
};
const hold: Decision = {
  effect: 'hold',
  rule: 'bulk',
  reason: 'rule_hold',
  matched: ['bulk'],
  shadow: [],
  failed: [],
  revision: 'r',
  approval: { ...request.terms, rule: 'bulk' },
};

/** A call that finds its approval given; `used` tells whether it was used up. */
function heldCall(change: Partial<HoldSubject>): {
  readonly subject: HoldSubject;
  readonly on: ExchangePorts;
  used(): boolean;
} {
  const world = createWorld([], {});
  const { endpoints } = world.ports.policy();
  const [endpoint] = endpoints;
  if (endpoint === undefined) throw new Error('the world has an endpoint');
  const session = sessionWith({
    id: 'S',
    handOff,
    endpoint,
    facts: { name: 'plain', api: 'text', model: { name: 'm', version: '', tier: '', owner: '' } },
    request: {
      contentType: '',
      coding: 'identity',
      receivedBytes: 0,
      bytes: 0,
      digest: 'd'.repeat(64),
      digestKey: 'k',
    },
  });
  let used = false;
  const approvals = {
    ...world.ports.approvals,
    request: () => ok({ approval: approved, attached: true }),
    settled: () => Promise.resolve(ok(approved)),
    consume: () => {
      used = true;
      return ok({ ...approved, state: 'consumed' as const });
    },
  };
  const prepare = () => Promise.resolve(ok({ changes: { set: [], remove: [] }, body: emptyBody, kept: undefined }));
  const subject = {
    session,
    decision: hold,
    decideAgain: () => hold,
    prepare,
    headers: [],
    preview: { text: '', truncated: false },
    ...change,
  };
  return { subject, on: { ...world.ports, approvals }, used: () => used };
}

const emptyBody = {
  length: 0,
  digest: '',
  inMemory: new Uint8Array(0),
  parts: 1,
  part: () => Promise.resolve(ok(new Uint8Array(0))),
  release: () => undefined,
};

/** Envoy says nothing while the call is held. */
const quiet = { ...createWorld([], {}).exchange, arrival: (): Promise<void> => new Promise(() => undefined) };

test('an approved call goes on, and its approval is used up', async () => {
  const call = heldCall({});
  assert.equal((await awaitApproval(call.subject, quiet, call.on)).ok, true);
  assert.equal(call.used(), true);
});

test('a call that cannot go does not use its approval up', async () => {
  const call = heldCall({
    prepare: () => Promise.resolve(err(refused('ERR_INTERNAL', 'upstream_credential_unreadable'))),
  });
  assert.equal((await awaitApproval(call.subject, quiet, call.on)).ok, false);
  assert.equal(call.used(), false);
});

test('nor does one that is denied by now', async () => {
  const { approval: _, ...rest } = hold;
  const call = heldCall({ decideAgain: () => ({ ...rest, effect: 'deny', reason: 'endpoint_changed' }) });
  const stopped = await awaitApproval(call.subject, quiet, call.on);
  assert.equal(!stopped.ok && stopped.error.kind === 'refused' && stopped.error.refusal.reason, 'endpoint_changed');
  assert.equal(call.used(), false);
});

test('a place to wait is given back however the wait ends', async () => {
  const call = heldCall({});
  for (let round = 0; round < 30; round++) assert.equal((await awaitApproval(call.subject, quiet, call.on)).ok, true);
});

test('a clock that is set back between two rounds does not make the caller wait longer', async () => {
  const call = heldCall({});
  let nowMs = 1_700_000_000_000;
  const waits: number[] = [];
  const approvals = {
    ...call.on.approvals,
    settled: (_: string, untilMs: number) => {
      waits.push(untilMs - nowMs);
      nowMs -= 3_600_000;
      return Promise.resolve(ok({ ...approved, state: waits.length === 1 ? ('consumed' as const) : approved.state }));
    },
  };
  const on = { ...call.on, approvals, clock: { now: () => nowMs, monotonic: () => 0 } };
  assert.equal((await awaitApproval(call.subject, quiet, on)).ok, true);
  assert.deepEqual(waits, [request.terms.waitMs, request.terms.waitMs]);
});
