/** A format, masked whole and byte by byte. */

import assert from 'node:assert/strict';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import type { ReadApi } from '../../policy/policy.ts';
import { everyByte, maskInChunks } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';

export const engine = createMasking();
export const encoder = new TextEncoder();
export const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** Small, so that tests can break it. */
export const eventBytes = 1024;

export function mask(api: ReadApi, contentType: string, body: string | Uint8Array, profile = bankProfile) {
  const bytes = typeof body === 'string' ? encoder.encode(body) : body;
  const masker = () => engine.masker({ api, contentType, direction: 'response', path: '' }, profile, { eventBytes });
  const whole = masker();
  const masked = maskInChunks(whole, bytes, []);
  const cut = masker();
  assert.deepEqual(maskInChunks(cut, bytes, everyByte(bytes.length)), masked, 'byte by byte gives the same');
  assert.equal(cut.failure(), whole.failure());
  return {
    text: decoder.decode(masked.bytes),
    faults: masked.summary.faults,
    counts: masked.summary.counts,
    failure: whole.failure(),
  };
}
