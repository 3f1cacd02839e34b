/**
 * Who may see an approval, and whose verdict counts. What a token alone cannot tell is in docs/approvals.md: the human owner
 * of a service account, and one person with accounts at two issuers.
 */
import { type Principal, samePrincipal } from '../identity/principal.ts';
import type { Approval, ApprovalError, Vote } from './approval.ts';

type Viewer = Pick<Principal, 'subject' | 'issuer' | 'groups'>;
type Party = Pick<Principal, 'subject' | 'issuer' | 'client'>;

const isIn = (approval: Pick<Approval, 'terms'>, groups: readonly string[]): boolean =>
  approval.terms.groups.some((group) => groups.includes(group));

/** The requester sees their own, the groups that may decide see theirs; for everybody else it does not exist. */
export function maySee(approval: Pick<Approval, 'terms' | 'requester'>, viewer: Viewer): boolean {
  return samePrincipal(approval.requester, viewer) || isIn(approval, viewer.groups);
}

/** A token with no user behind it: client credentials put the client itself into `sub` (RFC 9068, section 2.2). */
const isServiceAccount = (party: Party): boolean => party.client !== undefined && party.subject === party.client;

/** Undefined when this person's verdict counts. */
export function refuseVoter(
  approval: Pick<Approval, 'terms' | 'requester'>,
  by: Vote['by'],
): ApprovalError | undefined {
  const { requester } = approval;
  if (samePrincipal(requester, by)) return { code: 'ERR_APPROVAL_SELF', reason: 'self_approval' };
  // Whoever runs a service account also runs its client: a login through that client is the same hands again.
  if (isServiceAccount(requester) && requester.issuer === by.issuer && requester.client === by.client) {
    return { code: 'ERR_APPROVAL_SELF', reason: 'same_client' };
  }
  if (!isIn(approval, by.groups)) return { code: 'ERR_APPROVAL_NOT_ENTITLED', reason: 'not_in_group' };
  // Approvals are people's; a robot in the group would turn two people into one.
  if (isServiceAccount(by)) return { code: 'ERR_APPROVAL_NOT_ENTITLED', reason: 'service_account' };
  return undefined;
}
