import type { ApprovalError } from './approval.ts';

/** Characters after trimming, counted as code points. */
export const reasonMinChars = 3;
export const reasonMaxChars = 1000;

// Reasons are printed in terminals and pages of other people: control characters drive terminals, bidirectional overrides
// make a text read as its opposite (CVE-2021-42574). Newline and tab are writing.
const unprintable = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/u;

/** Undefined when the reason will do. */
export function refuseReason(reason: string): ApprovalError | undefined {
  const text = reason.trim();
  const chars = [...text].length;
  const refuse = (why: string): ApprovalError => ({ code: 'ERR_APPROVAL_REASON_MISSING', reason: why });
  // Zero-width characters have a length and say nothing.
  if (chars < reasonMinChars || !/[\p{L}\p{N}]/u.test(text)) return refuse('reason_too_short');
  if (chars > reasonMaxChars) return refuse('reason_too_long');
  // A lone surrogate cannot be recorded: canonical JSON has no spelling for it.
  if (unprintable.test(text) || !text.isWellFormed()) return refuse('reason_unprintable');
  return undefined;
}
