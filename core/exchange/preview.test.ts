/** What approvers see of a request that is no text. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { referenceOf } from '@countersign/adapters/grpc/inference.testing.ts';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { frameOf } from '../body/protobuf/frames.ts';
import { bankProfile } from '../masking/profile.ts';
import { rawText } from '../masking/protobuf/random-messages.testing.ts';
import { ok } from '../result.ts';
import { previewOf } from './preview.ts';
import { sessionWith } from './session.testing.ts';
import type { Session } from './session.ts';
import type { StoredBody } from './stored-body.ts';
import { createWorld } from './world.testing.ts';

const masking = createMasking();
const grpc = referenceOf('inference.GRPCInferenceService', 'ModelInfer', 'request');
const note = 'ssn 536-22-8726';

async function preview(bytes: Uint8Array, path: string, request: Partial<Session['request']>) {
  const { ports } = createWorld([], {});
  const endpoint = ports.policy().endpoints.find(({ name }) => name === 'messages');
  assert.ok(endpoint);
  const session = sessionWith({
    endpoint,
    target: { method: 'POST', host: 'h.test', path, query: '' },
    request: { contentType: '', coding: 'identity', receivedBytes: 0, bytes: 0, digestKey: 'k', ...request },
  });
  const body: StoredBody = {
    length: bytes.length,
    digest: '',
    inMemory: bytes,
    parts: 1,
    part: () => Promise.resolve(ok(bytes)),
    release: () => undefined,
  };
  const limits = { ...ports.limits, requestBytes: 1 << 20 };
  const shown = await previewOf(body, session, { ...ports, limits, masking, copyProfile: () => bankProfile });
  assert.ok(shown.ok);
  return shown.value;
}

const ofMessage = (message: object) =>
  preview(frameOf(grpc.encode(message)), grpc.path, { contentType: 'application/grpc' });

test('of a gRPC message: its texts line by line, masked, and of the rest how much there is', async () => {
  const { text, truncated } = await ofMessage({
    model_name: 'credit',
    inputs: [
      {
        name: 'note',
        datatype: 'BYTES',
        shape: [2],
        contents: { bytes_contents: [note, 'x'].map((v) => Buffer.from(v)) },
      },
      { name: 'rows', datatype: 'FP64', shape: [1, 3], contents: { fp64_contents: [1, 2, 3] } },
    ],
  });
  assert.deepEqual(text.split('\n'), [
    'credit',
    '  note',
    '  BYTES',
    '  [2]',
    '    ssn ***-**-****',
    '    x',
    '  rows',
    '  FP64',
    '  [1, 3]',
    '    (3 numbers)',
  ]);
  assert.equal(truncated, false);
});
test('of raw contents: those of text tensors, by position', async () => {
  const { text } = await ofMessage({
    inputs: [
      { name: 'rows', datatype: 'FP64' },
      { name: 'note', datatype: 'BYTES' },
    ],
    raw_input_contents: [Buffer.alloc(16), rawText([Buffer.from(note)])],
  });
  assert.match(text, /\(16 bytes of FP64\)\n {2}ssn \*{3}-\*\*-\*{4}$/);
});
test('of a long message: the beginning, and that it is cut', async () => {
  const values = Array.from({ length: 2_000 }, (_, row) => Buffer.from(`row ${row}: ${note}`));
  const { text, truncated } = await ofMessage({
    inputs: [{ name: 'a', datatype: 'BYTES', shape: [2_000], contents: { bytes_contents: values } }],
  });
  assert.equal(text.length, 4_096);
  assert.equal(truncated, true);
  assert.ok(!text.includes('536'));
});
test('of JSON with tensors behind it: the JSON, the texts, and how long the rest is', async () => {
  const inputs = [
    { name: 'note', datatype: 'BYTES', shape: [1], parameters: { binary_data_size: 4 + note.length } },
    { name: 'rows', datatype: 'FP64', shape: [2], parameters: { binary_data_size: 16 } },
  ];
  const json = Buffer.from(JSON.stringify({ inputs }));
  const body = Buffer.concat([json, rawText([Buffer.from(note)]), Buffer.alloc(16)]);
  const { text } = await preview(body, '/v2/models/m/infer', { jsonBytes: json.length });
  assert.deepEqual(text.split('\n').slice(1), ['note:', '  ssn ***-**-****', 'rows: (16 bytes)']);
});
