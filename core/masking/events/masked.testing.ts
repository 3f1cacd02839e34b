/** Masks a body of one of these APIs, in one piece and byte by byte, which must come to the same. */

import assert from 'node:assert/strict';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import type { ReadApi } from '../../policy/policy.ts';
import { everyByte, maskInChunks } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';
import type { Sent } from './wire.testing.ts';

const engine = createMasking();
const encoder = new TextEncoder();
export const eventBytes = 16 * 1024;

export function mask(
  api: ReadApi,
  body: string | Uint8Array,
  contentType = 'text/event-stream',
  path = '',
  profile = bankProfile,
) {
  const kind = { api, contentType, direction: 'response', path } as const;
  const masker = () => engine.masker(kind, profile, { eventBytes });
  const bytes = typeof body === 'string' ? encoder.encode(body) : body;
  const one = masker();
  const whole = maskInChunks(one, bytes, []);
  assert.deepEqual(maskInChunks(masker(), bytes, everyByte(bytes.length)), whole, 'byte by byte gives the same');
  return { text: new TextDecoder().decode(whole.bytes), faults: whole.summary.faults, failure: one.failure() };
}

export const ssn = '536-22-8841';
export const hidden = '***-**-****';
/** One event for each character of a social security number. */
export const spelled = (event: (char: string) => Sent): readonly Sent[] => Array.from(ssn, event);
