/** Mask profiles in the policy file. What the schema cannot say is in profile-faults.ts. */
import { z } from 'zod';
import { entities } from '../masking/entities.ts';
import { builtInProfiles, isEmpty } from '../masking/profile.ts';
import { checksums } from './policy.ts';

const kinds = ['mask', 'redact', 'tokenize', 'pseudonym', 'hash', 'keep', 'block'] as const;

/** How much may be kept is another question for each entity (core/masking/disclosure.ts). */
const kept = z.int().min(0).max(64).default(0);
const action = z.union([
  z.enum(kinds),
  z.strictObject({ mask: z.strictObject({ keep_first: kept, keep_last: kept }) }),
]);

const customNameWords = 'a name in lower case: a letter, then letters, digits or "_"; at most 64';
const word = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\x20-\x7e]+$/, 'printable ASCII');

const custom = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, customNameWords),
  pattern: z.string().min(1).max(512),
  checksum: z.enum(checksums).optional(),
  keys: z.array(word).min(1).max(64).optional(),
  context: z.array(word).min(1).max(64).optional(),
});

/** One way to say the place, or both (field-faults.ts). */
const field = z.strictObject({
  path: z.string().min(1).optional(),
  protobuf: z.string().min(1).optional(),
  as: z.string().min(1).max(64),
});

/** Built-in profiles that mask something. */
const bases = builtInProfiles.filter((profile) => !isEmpty(profile)).map(({ name }) => name);

export const profileSchema = z.strictObject({
  like: z.enum(bases).optional(),
  entities: z.array(z.enum(entities)).min(1).optional(),
  strictness: z.enum(['usual', 'strict']).optional(),
  custom: z.array(custom).min(1).max(32).optional(),
  fields: z.array(field).min(1).max(64).optional(),
  binary_parts: z.enum(['block', 'keep']).optional(),
  actions: z.record(z.string(), action).optional(),
});

export type ProfileEntry = z.output<typeof profileSchema>;
export type FieldEntry = z.output<typeof field>;
export type CustomEntry = NonNullable<ProfileEntry['custom']>[number];
export type ActionEntry = z.output<typeof action>;
