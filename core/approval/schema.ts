/**
 * From unknown to typed. What a store keeps is reduced to the keys below, so that a whole principal or decision handed in
 * leaves nothing else behind; what a person sends must have exactly these keys. Nothing is coerced.
 */
import { z } from 'zod';
import { type Approval, type ApprovalEvent, approvalStates, parseApprovalBinding, type Verdict } from './approval.ts';

const timeMs = z.int().nonnegative();
const binding = z.string().transform((hex, context) => {
  const parsed = parseApprovalBinding(hex);
  if (parsed !== undefined) return parsed;
  context.addIssue('not a binding');
  return z.NEVER;
});
const party = { subject: z.string(), issuer: z.string(), client: z.string().exactOptional() };
const verdict = z.enum(['approve', 'deny']);
const voter = z.object({
  ...party,
  groups: z.array(z.string()),
  amr: z.array(z.string()).exactOptional(),
  acr: z.string().exactOptional(),
});
const request = {
  binding,
  session: z.string(),
  requester: z.object(party),
  endpoint: z.string(),
  model: z.string(),
  rule: z.string(),
  because: z.string(),
  terms: z.object({
    groups: z.array(z.string()),
    count: z.int().positive(),
    waitMs: timeMs,
    expiresMs: timeMs,
    scope: z.literal('request'),
  }),
  digest: z.string(),
  facts: z.record(z.string(), z.string()),
  preview: z.object({ text: z.string(), truncated: z.boolean() }),
};

const approvalSchema: z.ZodType<Approval> = z.object({
  ...request,
  id: z.string(),
  state: z.enum(approvalStates),
  requestedAtMs: timeMs,
  expiresAtMs: timeMs,
  votes: z.array(z.object({ by: voter, verdict, reason: z.string(), atMs: timeMs })),
  decidedAtMs: timeMs.exactOptional(),
  consumedBy: z.string().exactOptional(),
});

const eventSchema: z.ZodType<ApprovalEvent> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('requested'), atMs: timeMs, id: z.string(), request: z.object(request) }),
  z.object({
    type: z.literal('voted'),
    atMs: timeMs,
    verdict: z.object({ by: voter, verdict, reason: z.string() }),
  }),
  z.object({ type: z.literal('consumed'), atMs: timeMs, session: z.string(), binding }),
  z.object({ type: z.literal('expired'), atMs: timeMs }),
  z.object({ type: z.literal('withdrawn'), atMs: timeMs }),
]);

/** What an approver sends; who they are comes from their token alone. */
const decisionSchema: z.ZodType<Pick<Verdict, 'verdict' | 'reason'>> = z.strictObject({ verdict, reason: z.string() });

const reader =
  <T>(schema: z.ZodType<T>) =>
  (value: unknown): T | undefined =>
    schema.safeParse(value).data;

export const parseApproval = reader(approvalSchema);
export const parseApprovalEvent = reader(eventSchema);
export const parseDecision = reader(decisionSchema);

/** Undefined when the text is not JSON, too. */
export function parseJsonAs<T>(parse: (value: unknown) => T | undefined, text: string): T | undefined {
  try {
    return parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
