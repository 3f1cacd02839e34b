/** An approval as people and their tools see it over the console's API: times as text, votes without anybody's groups. */
import { z } from 'zod';
import { samePrincipal } from '../identity/principal.ts';
import { isoTime } from '../ledger/time.ts';
import { type Approval, approvalStates, type Vote } from './approval.ts';
import { isLive } from './transitions.ts';
import { refuseVoter } from './voter.ts';

const party = z.object({ subject: z.string(), issuer: z.string() });

const viewSchema = z.object({
  id: z.string(),
  state: z.enum(approvalStates),
  /** Session of the first call that asked; `session show` tells the rest of it. */
  session: z.string(),
  requester: party.extend({ client: z.string().exactOptional() }),
  endpoint: z.string(),
  model: z.string(),
  rule: z.string(),
  because: z.string(),
  /** Who may decide, and how many distinct people must. */
  groups: z.array(z.string()),
  count: z.int(),
  digest: z.string(),
  binding: z.string(),
  facts: z.record(z.string(), z.string()),
  preview: z.object({ text: z.string(), truncated: z.boolean() }),
  requestedAt: z.string(),
  expiresAt: z.string(),
  decidedAt: z.string().exactOptional(),
  consumedBy: z.string().exactOptional(),
  votes: z.array(z.object({ by: party, verdict: z.enum(['approve', 'deny']), reason: z.string(), at: z.string() })),
  /** Whether a verdict of the one who asks would count now. */
  mayDecide: z.boolean(),
});
export type ApprovalView = z.output<typeof viewSchema>;

const listSchema = z.object({ approvals: z.array(viewSchema) });

export const parseApprovalView = (value: unknown): ApprovalView | undefined => viewSchema.safeParse(value).data;
export const parseApprovalList = (value: unknown): readonly ApprovalView[] | undefined =>
  listSchema.safeParse(value).data?.approvals;

export function toApprovalView(approval: Approval, viewer: Vote['by']): ApprovalView {
  const { requester, terms, decidedAtMs, consumedBy } = approval;
  return {
    id: approval.id,
    state: approval.state,
    session: approval.session,
    requester,
    endpoint: approval.endpoint,
    model: approval.model,
    rule: approval.rule,
    because: approval.because,
    groups: [...terms.groups],
    count: terms.count,
    digest: approval.digest,
    binding: approval.binding,
    facts: approval.facts,
    preview: approval.preview,
    requestedAt: isoTime(approval.requestedAtMs),
    expiresAt: isoTime(approval.expiresAtMs),
    ...(decidedAtMs === undefined ? {} : { decidedAt: isoTime(decidedAtMs) }),
    ...(consumedBy === undefined ? {} : { consumedBy }),
    votes: approval.votes.map(({ by, verdict, reason, atMs }) => ({
      by: { subject: by.subject, issuer: by.issuer },
      verdict,
      reason,
      at: isoTime(atMs),
    })),
    mayDecide: mayDecide(approval, viewer),
  };
}

function mayDecide(approval: Approval, viewer: Vote['by']): boolean {
  const open = isLive(approval.state) && approval.decidedAtMs === undefined;
  const voted = approval.votes.some((cast) => samePrincipal(cast.by, viewer));
  return open && !voted && refuseVoter(approval, viewer) === undefined;
}
