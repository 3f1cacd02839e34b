/**
 * An approval as its records and the sessions that used it tell it, and whether its duties were separate. Judged anew from what is
 * recorded, by other code than the one that decided.
 */
import { samePrincipal } from '../../identity/principal.ts';
import type { Json } from '../../ledger/record.ts';
import { epochMsOf } from '../../ledger/time.ts';
import type { Row } from '../report.ts';
import { listAt, numberAt, textAt, wordsAt } from './cells.ts';
import type { ApprovalTold } from './sort-record.ts';

interface Party {
  readonly subject: string;
  readonly issuer: string;
  readonly client: string | undefined;
}

interface Vote extends Party {
  readonly verdict: string | undefined;
  readonly reason: string | undefined;
  readonly groups: string | undefined;
  readonly authentication: string | undefined;
  readonly time: string | undefined;
  /** `told`: only the end of a session, or the consumption, names it. */
  readonly outcome: string;
  readonly refusal: string | undefined;
}

export interface ApprovalRead {
  readonly id: string;
  readonly requester: Party | undefined;
  readonly votes: readonly Vote[];
  readonly row: Row;
  readonly voteRows: readonly Row[];
  /** Why duties were not separate; empty: they were, or nobody approved. */
  readonly violations: readonly string[];
  readonly isApproved: boolean;
}

/** @param told all that is told of one approval, by time */
export function readApproval(id: string, told: readonly ApprovalTold[], uses: number): ApprovalRead {
  const requester = firstOf(told, ({ data }) => partyOf(data['requester']));
  const votes = votesOf(told);
  const counting = votes.filter(({ outcome, verdict }) => outcome !== 'not_counted' && verdict === 'approve');
  const state = stateOf(told);
  const isApproved = state === 'approved' || state === 'consumed';
  const needed = firstOf(told, ({ data }) => numberAt(data, 'count'));
  const violations = isApproved ? violationsOf(requester, counting, needed) : [];
  const requested = firstOf(told, ({ type, time, data }) =>
    type === 'approval.requested' ? time : textAt(data, 'requested'),
  );
  const decided = votes.findLast(({ time, outcome }) => time !== undefined && outcome !== 'not_counted')?.time;
  const text = (name: string): string | undefined => firstOf(told, ({ data }) => textAt(data, name));
  const row: Row = [
    id,
    state,
    text('rule'),
    text('endpoint'),
    requester?.subject,
    requester?.issuer,
    requester?.client,
    counting.map(({ subject }) => subject).join(', ') || undefined,
    needed,
    requested,
    decided,
    latencySeconds(requested, decided),
    text('binding'),
    text('preview_digest'),
    text('digest'),
    uses,
    violations.length > 0 ? violations.join('; ') : isApproved ? separateBy(counting) : undefined,
  ];
  return { id, requester, votes, row, voteRows: votes.map((vote) => voteRow(id, vote)), violations, isApproved };
}

/** Only the record of a verdict names the client that it came through. */
const separateBy = (approvers: readonly Vote[]): string =>
  approvers.every(({ outcome }) => outcome !== 'told')
    ? 'separate'
    : 'separate, as far as is told: not every verdict has a record here';

function violationsOf(
  requester: Party | undefined,
  approvers: readonly Vote[],
  needed: number | undefined,
): readonly string[] {
  const distinct = new Set(approvers.map(({ issuer, subject }) => JSON.stringify([issuer, subject]))).size;
  return [
    ...(requester === undefined ? ['no record says who asked'] : approvers.flatMap((by) => sameHands(requester, by))),
    ...approvers.filter(isServiceAccount).map(({ subject }) => `approved by a service account: ${subject}`),
    ...(distinct < (needed ?? 1) ? [`approved by ${distinct} of ${needed ?? 1} people needed`] : []),
  ];
}

function sameHands(requester: Party, by: Party): readonly string[] {
  if (samePrincipal(requester, by)) return [`asked for and approved by the same person: ${by.subject}`];
  const isOwner = isServiceAccount(requester) && requester.issuer === by.issuer && requester.client === by.client;
  return isOwner ? [`asked for by a service account, approved through its client: ${by.subject}`] : [];
}

/** A token with no user behind it: client credentials put the client itself into `sub` (RFC 9068, section 2.2). */
const isServiceAccount = ({ subject, client }: Party): boolean => client !== undefined && subject === client;

const stateOfType: Readonly<Record<string, string>> = {
  'approval.requested': 'requested',
  'approval.expired': 'expired',
  'approval.withdrawn': 'withdrawn',
  'approval.consumed': 'consumed',
};

/** What went furthest: that an approval was used up is never undone by what a ledger of another replica says later. */
function stateOf(told: readonly ApprovalTold[]): string {
  const states = told.flatMap(({ type, data }) =>
    type === 'session' ? (textAt(data, 'state') ?? []) : (stateOfType[type] ?? []),
  );
  if (states.includes('consumed')) return 'consumed';
  return states.findLast((state) => state !== 'requested') ?? 'requested';
}

function votesOf(told: readonly ApprovalTold[]): readonly Vote[] {
  const votes = new Map<string, Vote>();
  for (const { type, time, data } of told) {
    if (type !== 'approval.decided') continue;
    const by = partyOf(data['by']);
    if (by === undefined) continue;
    // A second record says that the first did not count.
    votes.set(voter(by), { ...by, ...voteOf(data, data['by']), time, outcome: textAt(data, 'outcome') ?? 'cast' });
  }
  for (const vote of told.flatMap(({ data }) => listAt(data, 'votes'))) {
    const by = partyOf(vote);
    if (by === undefined) continue;
    const known = votes.get(voter(by));
    if (known !== undefined && known.outcome !== 'not_counted') continue;
    votes.set(voter(by), { ...by, ...voteOf(vote, vote), time: textAt(vote, 'time') ?? known?.time, outcome: 'told' });
  }
  return [...votes.values()];
}

function voteOf(
  of: Json,
  by: Json | undefined,
): Pick<Vote, 'verdict' | 'reason' | 'groups' | 'authentication' | 'refusal'> {
  const words = [wordsAt(by, 'amr'), textAt(by, 'acr')].filter((word) => word !== undefined);
  return {
    verdict: textAt(of, 'verdict'),
    reason: textAt(of, 'reason'),
    groups: wordsAt(by, 'groups'),
    authentication: words.length === 0 ? undefined : words.join(' / '),
    refusal: textAt(of, 'refusal', 'reason'),
  };
}

const voter = ({ issuer, subject }: Party): string => JSON.stringify([issuer, subject]);

function voteRow(id: string, vote: Vote): Row {
  const { time, subject, issuer, client, verdict, reason, groups, authentication, outcome, refusal } = vote;
  return [id, time, subject, issuer, client, verdict, reason, groups, authentication, outcome, refusal];
}

function partyOf(value: Json | undefined): Party | undefined {
  const [subject, issuer] = [textAt(value, 'subject'), textAt(value, 'issuer')];
  return subject === undefined || issuer === undefined
    ? undefined
    : { subject, issuer, client: textAt(value, 'client') };
}

const msPerSecond = 1000;

function latencySeconds(requested: string | undefined, decided: string | undefined): number | undefined {
  const [from, to] = [requested, decided].map((time) => (time === undefined ? undefined : epochMsOf(time)));
  return from === undefined || to === undefined ? undefined : Math.round((to - from) / msPerSecond);
}

function firstOf<T>(told: readonly ApprovalTold[], find: (each: ApprovalTold) => T | undefined): T | undefined {
  for (const each of told) {
    const found = find(each);
    if (found !== undefined) return found;
  }
  return undefined;
}
