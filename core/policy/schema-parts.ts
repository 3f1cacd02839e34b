/** Parts that the policy file and the configuration file share. */
import { z } from 'zod';
import { durationPattern, durationWords, parseDuration, parseSize, sizePattern, sizeWords } from './units.ts';

export const identifierWords = 'a name: letters, digits, ".", "_", "-"; at most 64, first and last a letter or digit';
export const identifierPattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;
export const identifier = z.string().regex(identifierPattern, identifierWords);

export const path = z.string().min(1).max(4096);
export const text = z.string().min(1).max(512);

/** One line for people: it ends in refusals, records and approval pages. */
export const sentence = z
  .string()
  .min(1)
  .max(500)
  .regex(/^\P{Cc}*$/u, 'one line of text without control characters');

/** `240s` → milliseconds, more than 0. */
export const duration = z
  .string({ error: durationWords })
  .regex(durationPattern, durationWords)
  .transform((text, context) => positive(parseDuration(text), durationWords, context));

/** `8 MiB`, or a number of bytes → bytes, more than 0. */
export const size = z.union(
  [
    z.int().min(1),
    z
      .string()
      .regex(sizePattern, sizeWords)
      .transform((text, context) => positive(parseSize(text), sizeWords, context)),
  ],
  { error: sizeWords },
);

function positive(value: number | undefined, words: string, context: z.RefinementCtx): number {
  if (value !== undefined && value > 0) return value;
  context.addIssue({ code: 'custom', message: `${words}, more than 0` });
  return z.NEVER;
}
