/** The calls of the inference services, as bodies to be masked. */

import assert from 'node:assert/strict';
import { type Direction, referenceOf, type services } from '@countersign/adapters/grpc/inference.testing.ts';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { GrpcFrames, messageOf } from '../../body/protobuf/frames.ts';
import type { ReadApi } from '../../policy/policy.ts';
import { bankProfile } from '../profile.ts';

export const engine = createMasking();

export interface Call {
  readonly api: ReadApi;
  readonly direction: Direction;
  readonly reference: ReturnType<typeof referenceOf>;
}
const callOf =
  (api: ReadApi, service: (typeof services)[number]) =>
  (method: string, direction: Direction): Call => ({
    api,
    direction,
    reference: referenceOf(service, method, direction),
  });
export const inference = callOf('open-inference-v2', 'inference.GRPCInferenceService');
export const serving = callOf('tf-serving', 'tensorflow.serving.PredictionService');

export const maskerOf = ({ api, direction, reference }: Call, profile = bankProfile) =>
  engine.masker({ api, direction, contentType: 'application/grpc', path: reference.path }, profile, {
    eventBytes: 1,
    messageBytes: 1 << 20,
  });

export function messagesIn(body: Uint8Array): Uint8Array[] {
  const frames = new GrpcFrames(1 << 20);
  frames.push(body);
  const messages: Uint8Array[] = [];
  for (let frame = frames.next(); frame !== undefined; frame = frames.next()) messages.push(messageOf(frame).slice());
  assert.equal(frames.fault, undefined);
  assert.equal(frames.keptBytes, 0);
  return messages;
}
