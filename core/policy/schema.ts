/** The policy file: the one source of its types, its validation and its JSON Schema. */
import { z } from 'zod';
import { parseAuthority } from './authority.ts';
import { parsePathPattern } from './path-pattern.ts';
import { apis } from './policy.ts';
import { profileSchema } from './profile-schema.ts';
import { duration, identifier, sentence } from './schema-parts.ts';
import { retentionPattern, retentionWords } from './units.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const host = z.string().superRefine((text, context) => {
  if (parseAuthority(text)) return;
  context.addIssue({
    code: 'custom',
    message: 'a host is a name or address, with or without a port; no wildcards in this version',
  });
});

const path = z.string().superRefine((text, context) => {
  const parsed = parsePathPattern(text);
  if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.error });
});

const endpoint = z.strictObject({
  name: identifier,
  match: z.strictObject({ host, path, methods: z.array(z.enum(methods)).min(1).default(['POST']) }),
  api: z.enum(apis),
  model: z.strictObject({
    name: z.string().min(1).max(256),
    version: z.string().min(1).max(64).optional(),
    tier: z.enum(['high', 'medium', 'low']).optional(),
    owner: z.string().min(1).max(128).optional(),
  }),
  mask: z.strictObject({ request: identifier.default('none'), response: identifier.default('bank') }).prefault({}),
  record: z
    .strictObject({
      payload: z.enum(['sealed', 'digest']).default('sealed'),
      retention: z.string().regex(retentionPattern, retentionWords).default('25 months'),
      durability: z.enum(['local', 'broker']).default('local'),
      unavailable: z.enum(['refuse']).default('refuse'),
      response: z.enum(['stream', 'strict']).default('stream'),
      reveal: z
        .strictObject({ groups: z.array(z.string().min(1)).min(1), people: z.literal([1, 2]).default(2) })
        .optional(),
    })
    .prefault({}),
  upstream: z.strictObject({ credential: identifier.optional() }).prefault({}),
});

const approval = z.strictObject({
  groups: z.array(z.string().min(1)).min(1),
  count: z.int().min(1).max(10).default(1),
  wait: duration.prefault('240s'),
  expires: duration.prefault('30m'),
  scope: z.enum(['request']).default('request'),
});

const rule = z.strictObject({
  name: identifier,
  match: z.strictObject({
    endpoint: identifier.optional(),
    groups: z.array(z.string().min(1)).min(1).optional(),
    subjects: z.array(z.string().min(1)).min(1).optional(),
    issuer: z.string().min(1).optional(),
  }),
  when: z.string().min(1).max(8192).optional(),
  // biome-ignore lint/suspicious/noThenProperty: the word of the policy language; nothing awaits a rule
  then: z.enum(['allow', 'hold', 'deny']),
  approval: approval.optional(),
  because: sentence.optional(),
  mode: z.enum(['enforce', 'shadow']).default('enforce'),
});

export const policyFileSchema = z.strictObject({
  version: z.literal(1),
  endpoints: z.array(endpoint).optional(),
  rules: z.array(rule).optional(),
  mask: z.record(z.string(), profileSchema).optional(),
});

export type PolicyFile = z.output<typeof policyFileSchema>;
export type EndpointEntry = NonNullable<PolicyFile['endpoints']>[number];
export type RuleEntry = NonNullable<PolicyFile['rules']>[number];

/** JSON Schema 2020-12 of a policy file, for editors (`# yaml-language-server: $schema=…`). */
export function policyJsonSchema(): object {
  return z.toJSONSchema(policyFileSchema, { io: 'input' });
}
