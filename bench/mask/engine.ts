/** What is measured: the masking engine as proc-service makes it, profile `bank`. */
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { bankProfile } from '@countersign/core/masking/profile.ts';
import type { Corpus } from './corpora.ts';

const engine = createMasking();

/** No chunk that Envoy sends is larger. */
const chunkBytes = 64 * 1024;
const limits = { eventBytes: chunkBytes };

/** Everything the detector searches for, as one alternation. */
export const alternation = (): string => engine.alternation(bankProfile);

/** Masks a body from its first byte to its last, the making of the masker included. @returns bytes that came out */
export function maskBody(api: Corpus['api'], body: Uint8Array): number {
  const masker = engine.masker({ api, contentType: '', direction: 'request', path: '' }, bankProfile, limits);
  let released = 0;
  for (let at = 0; at < body.length; at += chunkBytes) {
    released += masker.push(body.length <= chunkBytes ? body : body.subarray(at, at + chunkBytes)).length;
  }
  return released + masker.end().length;
}

/** Bytes that are held back behind each piece of a text, in the mean. */
export function meanHold(text: Uint8Array, pieceBytes: number): number {
  const masker = engine.masker({ api: 'text', contentType: '', direction: 'request', path: '' }, bankProfile, limits);
  let held = 0;
  let sum = 0;
  let pieces = 0;
  for (let at = 0; at < text.length; at += pieceBytes, pieces++) {
    const piece = text.subarray(at, at + pieceBytes);
    held += piece.length - masker.push(piece).length;
    sum += held;
  }
  return sum / pieces;
}

/** How long each event of a chat stream is in the masker, in microseconds. */
export function eventTimes(events: readonly Uint8Array[]): number[] {
  const masker = engine.masker(
    { api: 'openai', contentType: 'text/event-stream', direction: 'response', path: '' },
    bankProfile,
    limits,
  );
  return events.map((event) => {
    const started = process.hrtime.bigint();
    masker.push(event);
    return Number(process.hrtime.bigint() - started) / 1000;
  });
}
