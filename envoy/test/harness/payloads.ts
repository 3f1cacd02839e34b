/** Calls that carry the five values, and people who open what was sealed of them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Broker } from '@countersign/adapters/kafka/test/broker.ts';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { openApprovalStore } from '@countersign/adapters/sqlite/approval-store.ts';
import type { StoredRecord } from '@countersign/core/ledger/record.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { topics } from '@countersign/core/ledger/topics.ts';
import { sensitive } from '../../../bench/traffic/bodies.ts';
import type { OpenedPayload, Opening } from '../../../cli/payload/open.ts';
import { revealPayload } from '../../../cli/payload/reveal.ts';
import { payloadJson } from '../../../cli/payload/text.ts';
import type { Gateway } from './gateway.ts';
import { at, readTrail } from './trail.ts';

const chat = (name: string, mask: string, record: string): string => `  - name: ${name}
    match: { host: ${name}.bank.test, path: /v1/chat/completions, methods: [POST] }
    api: openai
    model: { name: bank-assistant }
    mask: ${mask}
    record: ${record}
`;
const reveal = 'reveal: { groups: [auditors, officers] }';
/** `plain`, `both`, `cards`: masked in other ways. `strict`; and `closed`, which names nobody who may open anything. */
export const payloadPolicy = `version: 1
endpoints:
${chat('plain', '{ request: none, response: bank }', `{ payload: sealed, ${reveal} }`)}${chat('both', '{ request: bank, response: bank }', `{ payload: sealed, ${reveal} }`)}${chat('cards', '{ request: cards, response: cards }', `{ payload: sealed, ${reveal} }`)}${chat('strict', '{ request: none, response: none }', `{ payload: sealed, response: strict, ${reveal} }`)}${chat('closed', '{ request: none, response: bank }', '{ payload: sealed }')}rules:
  - { name: analysts, match: { groups: [analysts] }, then: allow }
mask:
  cards: { entities: [credit_card] }
`;

export const request = JSON.stringify({
  model: 'bank-assistant',
  messages: [{ role: 'user', content: `These are ours: ${sensitive.join(', ')}.` }],
});
export const answer = JSON.stringify({
  id: 'c1',
  object: 'chat.completion',
  model: 'bank-assistant',
  choices: [{ index: 0, message: { role: 'assistant', content: `I have ${sensitive.join(' and ')}.` } }],
});

export const reason = 'examination of November';

let files = 0;
export async function tokenFile(
  { directory, issuer }: Gateway,
  subject: string,
  groups: readonly string[],
): Promise<string> {
  const file = join(directory, `token-${++files}`);
  writeFileSync(file, await issuer.token(subject, groups), { mode: 0o600 });
  return file;
}

/** As `countersign payload reveal` does it, in this process: each of its own costs a second. */
export async function openPayload(
  gateway: Gateway,
  session: string,
  what: Opening = 'copy',
  ledger?: string,
  tell: (text: string) => void = () => undefined,
) {
  return revealPayload({
    session,
    opening: what,
    reason,
    ledger,
    config: gateway.directory,
    tokenFile: await tokenFile(gateway, 'rex', ['auditors']),
    waitMs: 30_000,
    tell,
  }).then(payloadOf);
}

/** Opens the original; whoever is asked says so, as `subject`. */
export async function openOriginal(gateway: Gateway, session: string, subject = 'eva') {
  let asked = (_: string): void => undefined;
  const approval = new Promise<string>((resolve) => {
    asked = (told) => resolve(told.slice(told.lastIndexOf('/') + 1));
  });
  const opened = openPayload(gateway, session, 'original', undefined, asked);
  const id = await Promise.race([approval, opened.then(() => assert.fail('nobody was asked'))]);
  const store = openApprovalStore({
    file: join(gateway.directory, 'approvals.db'),
    ids: createIds(),
    clock: systemClock,
    holdsPerSubject: 10,
  });
  try {
    const by = { subject, issuer: gateway.issuer.issuer, groups: ['officers'] };
    const decided = store.decide(id, { by, verdict: 'approve', reason: 'seen' }, Date.now());
    if (!decided.ok) store.withdraw(id, Date.now());
    assert.deepEqual(decided.ok ? [] : [decided.error.code], subject === 'rex' ? ['ERR_APPROVAL_SELF'] : []);
  } finally {
    store.close();
  }
  return opened;
}

const payloadOf = (opened: readonly OpenedPayload[]) => JSON.parse(JSON.stringify(payloadJson(opened)));

export const hits = (text: string | Buffer): readonly string[] => sensitive.filter((value) => text.includes(value));

/** What all topics have, none of the values in it. */
export async function delivered(from: Broker): Promise<readonly StoredRecord[]> {
  const all: StoredRecord[] = [];
  for (const topic of topics) {
    for (const { value } of await from.readAll(`countersign.${topic}.v1`)) {
      assert.deepEqual(hits(Buffer.from(value)), [], topic);
      const parsed = parseStoredRecord(value);
      if (parsed.ok) all.push(parsed.value);
    }
  }
  return all;
}

const about = (ledger: string, type: string, session: string): readonly StoredRecord[] =>
  readTrail(ledger).filter((record) => record.type === type && record.data['session'] === session);

export const revealsIn = (ledger: string, session: string): readonly StoredRecord[] =>
  about(ledger, 'payload.revealed', session);

/** Who was told no, and why. */
export const refusalsIn = (ledger: string, session: string): readonly string[] =>
  about(ledger, 'payload.reveal_refused', session).map(
    (record) => `${at(record, 'by', 'subject') ?? 'nobody'} ${at(record, 'refusal')}`,
  );

export const loadsIn = (ledger: string): readonly StoredRecord[] =>
  readTrail(ledger).filter(({ type }) => type === 'key.loaded');

/** Ids of those that were loaded last. */
export function keysIn(ledger: string): readonly string[] {
  const keys = at(loadsIn(ledger).at(-1) ?? assert.fail('no key.loaded'), 'keys');
  return Array.isArray(keys) ? keys.map(({ id }) => String(id)) : [];
}
