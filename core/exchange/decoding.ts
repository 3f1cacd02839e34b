import { type Refused, refused } from './stop.ts';

/** Carries a refusal out of a decoder, which knows only failures. */
class NotTaken extends Error {
  readonly refused: Refused;
  constructor(why: Refused) {
    super(why.refusal.reason);
    this.refused = why;
  }
}

export function throwIfRefused(why: Refused | undefined): void {
  if (why !== undefined) throw new NotTaken(why);
}

/** A step of decoding a request: what ends it is a refusal of whoever takes the bytes, or a failure of the decoder. */
export async function untilRefused(step: () => Promise<Refused | undefined>): Promise<Refused | undefined> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof NotTaken) return error.refused;
    const reason = reasonOf(error);
    if (!reason.startsWith('ERR_CODING_')) throw error;
    const code = reason === 'ERR_CODING_TOO_LARGE' ? 'ERR_BODY_TOO_LARGE' : 'ERR_BODY_UNREADABLE';
    return refused(code, `decode: ${reason}`);
  }
}

/** The stable part of an error: its code. Messages of libraries may quote data. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
