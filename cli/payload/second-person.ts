/**
 * A second one of those who may open payloads agrees, or nothing is opened. It is an approval like one of a call: asked for and
 * decided where those are, by somebody else, and good for this session, this person and this reason, once.
 */
import { createKeyedDigest } from '@countersign/adapters/keys/keyed-digest.ts';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { openApprovalStore, type SqliteApprovalStore } from '@countersign/adapters/sqlite/approval-store.ts';
import type { Approval, ApprovalRequest } from '@countersign/core/approval/approval.ts';
import { bindingOf } from '@countersign/core/approval/binding.ts';
import { toHex } from '@countersign/core/bytes.ts';
import { approvalRequested } from '@countersign/core/exchange/hold-records.ts';
import type { Principal } from '@countersign/core/identity/principal.ts';
import type { Configuration } from '@countersign/core/policy/config.ts';
import type { RevealTerms } from '@countersign/core/policy/policy.ts';
import { readKey, withOwnLedger } from '../ledger/own-ledger.ts';

export interface Asked {
  readonly session: string;
  readonly endpoint: string;
  readonly model: string;
  readonly terms: RevealTerms;
  readonly by: Principal;
  readonly reason: string;
  readonly waitMs: number;
}

/** What approvers see as its rule. */
const rule = 'record.reveal';
const expiresMs = 60 * 60 * 1000;

/** The approval, used up; or how far it came. `tell`: while people are waited for. */
export async function secondPerson(
  asked: Asked,
  configuration: Configuration,
  tell: (text: string) => void,
): Promise<Approval> {
  const store = openApprovalStore({
    file: configuration.approvals.store,
    ids: createIds(),
    clock: systemClock,
    holdsPerSubject: configuration.limits.holdsPerSubject,
  });
  try {
    return await decided(asked, configuration, store, tell);
  } finally {
    store.close();
  }
}

export class NotApproved extends Error {}

async function decided(
  asked: Asked,
  configuration: Configuration,
  store: SqliteApprovalStore,
  tell: (text: string) => void,
): Promise<Approval> {
  const digest = createKeyedDigest(readKey(configuration.keys.digest));
  const request = requestOf(asked, digest);
  const opened = store.request(request, systemClock.now());
  if (!opened.ok) throw new NotApproved(opened.error.reason);
  const { approval, attached } = opened.value;
  if (!attached) {
    const preview = toHex(digest.digest(Buffer.from(approval.preview.text)));
    const record = approvalRequested({ id: asked.session }, approval, preview, systemClock.now());
    await withOwnLedger(configuration, (write) => write(record)).catch((error: unknown) => {
      // An approval that is in no record must not be given: nobody could ever show that it was asked for.
      store.withdraw(approval.id, systemClock.now());
      throw error;
    });
  }
  tell(`waiting for a second person: ${configuration.approvals.url}/approvals/${approval.id}`);
  const settled = await store.settled(approval.id, systemClock.now() + asked.waitMs, new AbortController().signal);
  if (!settled.ok) throw new NotApproved(settled.error.reason);
  if (settled.value.state !== 'approved') throw new NotApproved(`approval ${approval.id} is ${settled.value.state}`);
  const consumed = store.consume(approval.id, asked.session, request.binding, systemClock.now());
  if (!consumed.ok) throw new NotApproved(consumed.error.reason);
  return consumed.value;
}

function requestOf(
  { session, endpoint, model, terms, by, reason }: Asked,
  digest: ReturnType<typeof createKeyedDigest>,
): ApprovalRequest {
  const { subject, issuer, client } = by;
  const requester = { subject, issuer, ...(client === undefined ? {} : { client }) };
  const needed = { groups: terms.groups, count: 1, waitMs: 0, expiresMs, scope: 'request' } as const;
  const asked = toHex(digest.digest(Buffer.from(`countersign/v1/reveal|${session}|${reason}`)));
  const binding = bindingOf(
    {
      digest: asked,
      method: 'REVEAL',
      authority: 'countersign',
      path: `/sessions/${session}`,
      headers: [],
      requester,
      endpoint,
      model: { name: model },
      rule,
      terms: needed,
      mask: { request: 'none', response: 'none' },
    },
    digest,
  );
  return {
    binding,
    session,
    requester,
    endpoint,
    model,
    rule,
    because: reason,
    terms: needed,
    digest: asked,
    facts: { opens: 'original' },
    preview: { text: `Open the original of session ${session}: ${reason}`, truncated: false },
  };
}
