/** Prints, asserts nothing about time: shared machines lie. Numbers that count come from the bench. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { chunk, toStream } from './events/chat-stream.testing.ts';
import { planted } from './planted.testing.ts';
import { bankProfile } from './profile.ts';

const engine = createMasking();
const encoder = new TextEncoder();
const bytesPerRun = 512 * 1024;

/** Pseudo-random, the same in every run. */
function random(alphabet: string): () => string {
  let state = 1;
  return () => {
    let text = '';
    for (let i = 0; i < 200; i++) {
      state = (state * 48271) % 0x7fffffff;
      text += alphabet[state % alphabet.length];
    }
    return text;
  };
}

const corpora: Readonly<Record<string, () => string>> = {
  prose: () => 'Your balance is unchanged since last week, and the branch is open until five. ',
  'dense JSON': () => `${JSON.stringify(planted.map(({ value }) => ({ name: 'customer', value })))}\n`,
  'clean JSON': () => '{"id":"7f3e2b1a-9c4d-4e5f-8a6b-1c2d3e4f5a6b","at":"2026-01-15T10:15:30Z","score":0.8234512},',
  'letters, dots, at signs': random('abcdefghijklmnop.@'),
  'base64 letters': random('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'),
  'digits and dashes': random('0123456789-'),
  'digits and separators': random('0123456789 -.()+'),
};

for (const [name, next] of Object.entries(corpora)) {
  it(`${name}: masked in chunks of 16 KiB`, (test) => {
    let text = '';
    while (text.length < bytesPerRun) text += next();
    const bytes = encoder.encode(text);
    const masker = engine.masker(
      { api: 'json', contentType: 'application/json', direction: 'response', path: '' },
      bankProfile,
      { eventBytes: 65536 },
    );
    const started = performance.now();
    let released = 0;
    for (let at = 0; at < bytes.length; at += 16384) released += masker.push(bytes.subarray(at, at + 16384)).length;
    released += masker.end().length;
    const seconds = (performance.now() - started) / 1000;
    assert.equal(released, bytes.length, 'masks keep the length');
    test.diagnostic(`${(bytes.length / 1e6 / seconds).toFixed(0)} MB/s`);
  });
}

it('a chat stream, a few characters an event', (test) => {
  const events = Array.from({ length: 3000 }, (_, at) =>
    chunk([{ index: 0, delta: { content: ` word${at % 7}` }, finish_reason: null }]),
  );
  const chunks = events.map((event) => encoder.encode(toStream([event])));
  const masker = engine.masker(
    { api: 'openai', contentType: 'text/event-stream', direction: 'response', path: '' },
    bankProfile,
    { eventBytes: 65536 },
  );
  const started = performance.now();
  for (const bytes of chunks) assert.ok(masker.push(bytes).length > 0, 'every event goes out at once');
  test.diagnostic(`${(((performance.now() - started) * 1000) / chunks.length).toFixed(1)} µs an event`);
});
