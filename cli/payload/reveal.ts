/** Opens what was sealed of a session: for a person in a role, with a reason, perhaps with a second person, and never without a record. */
import { join } from 'node:path';
import { readPolicyFiles } from '@countersign/adapters/files/config-files.ts';
import { createKeyedDigest } from '@countersign/adapters/keys/keyed-digest.ts';
import { createPayloadOpener } from '@countersign/adapters/keys/payload-opener.ts';
import { readPrivateKeys } from '@countersign/adapters/keys/private-keys.ts';
import { createPolicyPorts } from '@countersign/adapters/process/policy-ports.ts';
import { systemClock } from '@countersign/adapters/process/system.ts';
import type { Approval } from '@countersign/core/approval/approval.ts';
import { approvalConsumed } from '@countersign/core/exchange/hold-records.ts';
import type { Principal } from '@countersign/core/identity/principal.ts';
import type { DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import type { SessionDocument } from '@countersign/core/ledger/session-document.ts';
import { memberAt } from '@countersign/core/ledger/stored-record.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { loadPolicy } from '@countersign/core/policy/load.ts';
import type { RevealTerms } from '@countersign/core/policy/policy.ts';
import { operator, readKey, withOwnLedger } from '../ledger/own-ledger.ts';
import { checkedReason } from '../ledger/reason.ts';
import { findSessionAt } from '../session/lookup.ts';
import { readConfiguration, UsageError } from '../up/configuration.ts';
import { digestFaults } from './digests.ts';
import { keysOf, type OpenedPayload, type Opening, openPayload, partsOf } from './open.ts';
import { personOf } from './person.ts';
import { type Attempt, RevealRefused, recordRefusal, refusalOf } from './refused.ts';
import { secondPerson } from './second-person.ts';

export interface RevealRequest {
  readonly session: string;
  readonly opening: Opening;
  readonly reason: string;
  readonly config: string;
  readonly tokenFile: string;
  /** Folder of the private halves; that of the configuration when absent. */
  readonly keys?: string | undefined;
  /** Folder or bundle that has the session; the ledgers of the configuration when absent. The reveal is recorded in those either way. */
  readonly ledger?: string | undefined;
  readonly waitMs: number;
  readonly tell: (text: string) => void;
}

/** Payload, opened and recorded; so is who was refused. @throws RevealRefused, NotApproved, TokenRefused, UsageError */
export async function revealPayload(request: RevealRequest): Promise<readonly OpenedPayload[]> {
  const reason = checkedReason(request.reason);
  const configuration = readConfiguration(request.config);
  const attempt: Attempt = { what: request.opening, session: request.session, reason };
  try {
    return await reveal(request, reason, configuration, attempt);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== undefined) await recordRefusal(attempt, refusal, configuration);
    throw error;
  }
}

/** @param attempt learns who asks for what, as soon as that is known */
async function reveal(
  request: RevealRequest,
  reason: string,
  configuration: Configuration,
  attempt: Attempt,
): Promise<readonly OpenedPayload[]> {
  const by = await personOf(request.tokenFile, configuration);
  attempt.by = by;
  const document = findSessionAt(request.ledger ?? configuration.ledger.directory, request.session);
  if (document === undefined)
    throw new RevealRefused('no_such_session', `no record of session ${JSON.stringify(request.session)}`);
  const endpoint = nameAt(document, 'endpoint', 'name');
  attempt.endpoint = endpoint;
  const terms = await termsOf(endpoint, request.config, configuration);
  const groups = entitled(by, terms);
  const opened = await open(document, request, configuration);
  const needsSecond = request.opening === 'original' && terms.people === 2;
  const model = nameAt(document, 'endpoint', 'model', 'name') ?? '';
  const approval = needsSecond
    ? await secondPerson(
        { session: document.session, endpoint: endpoint ?? '', model, terms, by, reason, waitMs: request.waitMs },
        configuration,
        request.tell,
      )
    : undefined;
  const nowMs = systemClock.now();
  await withOwnLedger(configuration, (record) =>
    record(
      ...(approval === undefined ? [] : [approvalConsumed({ id: document.session }, approval, nowMs)]),
      revealed(document, endpoint, request.opening, { by, groups, approval, reason }, nowMs),
    ),
  );
  return opened;
}

/** The terms of the policy as it is now: a role that was taken away opens nothing of before. */
async function termsOf(
  endpoint: string | undefined,
  directory: string,
  { credentials }: Configuration,
): Promise<RevealTerms> {
  const files = await readPolicyFiles(join(directory, 'policy'));
  if (!files.ok) throw new UsageError(`${files.error.file} ${files.error.reason}`);
  const names = { credentials: credentials.map(({ name }) => name), maskingKey: true };
  const policy = loadPolicy(files.value, names, createPolicyPorts());
  if (!policy.ok) throw new UsageError('the policy does not load: countersign policy check says why');
  const terms = policy.value.endpoints.find(({ name }) => name === endpoint)?.record.reveal;
  if (terms !== undefined) return terms;
  throw new RevealRefused(
    'no_role',
    `nobody may open payloads of endpoint ${JSON.stringify(endpoint ?? '')}: its policy has no record.reveal`,
  );
}

function entitled(by: Principal, { groups }: RevealTerms): readonly string[] {
  const own = groups.filter((group) => by.groups.includes(group));
  if (own.length === 0) throw new RevealRefused('not_in_role', `${by.subject} is in none of ${groups.join(', ')}`);
  // RFC 9068 §2.2: a token with no user behind it.
  if (by.client !== undefined && by.client === by.subject)
    throw new RevealRefused('service_account', 'a service account opens no payload: people do');
  return own;
}

async function open(
  document: SessionDocument,
  { opening, keys }: RevealRequest,
  { keys: { private: standard, digest: digestKey } }: Configuration,
): Promise<readonly OpenedPayload[]> {
  const parts = partsOf(document);
  if (parts.length === 0) throw new RevealRefused('nothing_kept', 'nothing but digests was kept of this session');
  const directory = keys ?? standard;
  const { keys: here, faults } = readPrivateKeys(directory);
  const opener = createPayloadOpener(here);
  const missing = keysOf(parts, opening).filter((id) => !opener.has(id));
  if (missing.length > 0) {
    const broken = faults.length === 0 ? '' : ` (${faults.join('; ')})`;
    throw new RevealRefused('key_missing', `not in ${directory}: the private half of ${missing.join(', ')}${broken}`);
  }
  const digest = createKeyedDigest(readKey(digestKey));
  return (await openPayload(document, opening, opener)).map((opened) => ({
    ...opened,
    faults: [...opened.faults, ...digestFaults(document, opened, digest)],
  }));
}

interface Authority {
  readonly by: Principal;
  readonly groups: readonly string[];
  readonly approval: Approval | undefined;
  readonly reason: string;
}

function revealed(
  document: SessionDocument,
  endpoint: string | undefined,
  opening: Opening,
  { by, groups, approval, reason }: Authority,
  nowMs: number,
): DraftOf<'payload.revealed'> {
  const parts = partsOf(document);
  const { subject, issuer, client, amr, acr } = by;
  return {
    type: 'payload.revealed',
    time: isoTime(nowMs),
    data: {
      what: opening,
      session: document.session,
      ...(endpoint === undefined ? {} : { endpoint }),
      keys: keysOf(parts, opening),
      parts: parts.length,
      by: { subject, issuer, client, amr, acr, groups },
      ...(approval === undefined
        ? {}
        : {
            approval: approval.id,
            approvers: approval.votes.map(({ by: { subject, issuer } }) => ({ subject, issuer })),
          }),
      reason,
      operator: operator(),
    },
  };
}

function nameAt({ facts }: SessionDocument, ...path: readonly string[]): string | undefined {
  const value = memberAt(facts, ...path);
  return typeof value === 'string' ? value : undefined;
}
