/**
 * Why something counts as a value: points, added up and compared with the threshold of the profile. An auditor can do the
 * same sum by hand; what a shape is worth stands with each recognizer, and docs/masking.md explains the sum.
 *
 *   shape     0  fits, and so does nearly anything (a token, a run of digits of any length)
 *             1  a bare run of the right length, or groups that many things have
 *             2  the length and the beginning that the issuer gives out
 *             3  written as this value is written, and as few other things are
 *             4  written as nothing else is
 *   checksum  2  right by a check digit: one in ten is so by chance
 *             3  right by two check digits (mod 97), by the checksum of an address
 *   context   3  a word for it stands within 40 bytes in front, in the same string
 *   key       4  the value of a member, column, field or label that is named for it; no checksum is asked then
 */
export const checkDigit = 2;
export const twoCheckDigits = 3;
export const contextPoints = 3;
export const keyPoints = 4;

/** Points that make a value, by the strictness of a profile: strict is content with less evidence, and hides more for nothing. */
export const thresholds = { usual: 4, strict: 3 } as const;
export type Strictness = keyof typeof thresholds;
