/** Approvals as text for a terminal. Everything in them was written by somebody else: nothing may drive the terminal. */
import type { ApprovalView } from '@countersign/core/approval/view.ts';
import { alignColumns, printable } from '../terminal-text.ts';
import type { Refusal } from './console-client.ts';

export function listText(approvals: readonly ApprovalView[]): string {
  if (approvals.length === 0) return 'no approvals';
  const rows = approvals.map((one) => [
    one.id,
    one.state,
    one.requester.subject,
    `${one.endpoint}/${one.model}`,
    one.rule,
    one.mayDecide ? `yours to decide until ${one.expiresAt}` : `expires ${one.expiresAt}`,
  ]);
  return alignColumns([['ID', 'STATE', 'REQUESTER', 'ENDPOINT/MODEL', 'RULE', ''], ...rows]);
}

export function approvalText(one: ApprovalView): string {
  const { requester } = one;
  const facts = Object.entries(one.facts).map(([name, value]) => `${name}=${value}`);
  const lines: [string, string][] = [
    ['approval', one.id],
    ['state', one.consumedBy === undefined ? one.state : `${one.state} by session ${one.consumedBy}`],
    [
      'requester',
      `${requester.subject} (${requester.issuer}${requester.client ? `, client ${requester.client}` : ''})`,
    ],
    ['asks for', `${one.endpoint}, model ${one.model}`],
    ['rule', one.rule],
    ['because', one.because],
    ['facts', facts.join(' ')],
    ['decided by', `${one.count} of ${one.groups.join(', ')}`],
    ['requested', one.requestedAt],
    ['expires', one.expiresAt],
    ['session', one.session],
    ['digest', one.digest],
    ...one.votes.map((vote): [string, string] => [
      vote.verdict === 'approve' ? 'approved by' : 'denied by',
      `${vote.by.subject} (${vote.by.issuer}) at ${vote.at}: ${vote.reason}`,
    ]),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const head = lines.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`).join('\n');
  const cut = one.preview.truncated ? ', cut' : '';
  return `${head}\nrequest (masked${cut}):\n${printable(one.preview.text, true)}`;
}

/** One line: what was refused, and what to do where that is not plain. */
export function refusalText({ code, title, reason }: Refusal): string {
  const advice = advices.get(code);
  const why = reason === undefined ? '' : `: ${printable(reason).replaceAll('_', ' ')}`;
  return printable(`${title} (${code}${why})${advice === undefined ? '' : `; ${advice}`}`);
}

const advices: ReadonlyMap<string, string> = new Map([
  ['ERR_APPROVAL_SELF', 'ask a colleague of the deciding groups'],
  ['ERR_APPROVAL_NOT_OPEN', 'the caller has to send the call again'],
  ['ERR_APPROVAL_REASON_MISSING', 'say why with --reason'],
]);
