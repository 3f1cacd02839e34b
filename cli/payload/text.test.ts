import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenedPayload } from './open.ts';
import { payloadJson, payloadText } from './text.ts';

const masked: OpenedPayload = {
  direction: 'request',
  copy: Buffer.from('card ****'),
  parts: 1,
  truncated: false,
  faults: [],
};
const original = { ...masked, received: Buffer.from('card 1234'), sent: Buffer.from('card 1234') };

test('a masked copy, an original, and one that went on otherwise each say what they are', () => {
  assert.equal(payloadText([masked]), '--- masked request, 9 bytes\ncard ****');
  assert.equal(payloadText([original]), '--- received and sent request, 9 bytes\ncard 1234');
  const changed = { ...original, sent: Buffer.from('card ****') };
  assert.equal(
    payloadText([changed]),
    '--- received request, 9 bytes\ncard 1234\n--- sent request, 9 bytes\ncard ****',
  );
});

test('what was cut, and what did not open, is said before it', () => {
  const [head] = payloadText([{ ...masked, truncated: true, faults: ['part 1: ERR_NOT_AUTHENTIC'] }]).split('\n');
  assert.equal(head, '--- masked request, 9 bytes; cut at the cap; part 1: ERR_NOT_AUTHENTIC');
});

test('nothing of a payload drives the terminal', () => {
  const hostile = { ...masked, copy: Buffer.from('\u001b[2Jgone\u202e') };
  const shown = payloadText([hostile]);
  assert.ok(!shown.includes('\u001b') && !shown.includes('\u202e'));
});

test('bytes that are no text are base64 in JSON', () => {
  const bytes = { ...masked, copy: Uint8Array.of(0xff, 0xfe) };
  assert.deepEqual(payloadJson([bytes])['request'], {
    copy: { bytes: 2, base64: '//4=' },
    parts: 1,
    truncated: false,
    faults: [],
  });
});
