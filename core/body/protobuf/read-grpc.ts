/** Facts of gRPC requests, read from the same bytes that are digested and forwarded. */
import { err, ok, type Result } from '../../result.ts';
import type { BodyError } from '../body-error.ts';
import { decodeUtf8 } from '../ijson.ts';
import type { RequestReading } from '../request-reading.ts';
import { wrongShape } from '../shape.ts';
import { Fields } from './fields.ts';
import { flawOf } from './flaw.ts';
import { type Frame, GrpcFrames, messageOf } from './frames.ts';
import type { GrpcMethod } from './methods.ts';
import { type InferenceFacts, readInference } from './read-inference.ts';
import { readExamples, readMetadata, readPredict, readTasks } from './read-serving.ts';

type Reading<T> = Result<T, BodyError>;

const unreadable = (reason: string): { readonly ok: false; readonly error: BodyError } =>
  err({ code: 'ERR_BODY_PROTOBUF', reason });

/** A unary request: one message, whole, not compressed any more. */
export function readGrpcRequest(method: GrpcMethod, body: Uint8Array): Reading<RequestReading> {
  const frames = new GrpcFrames(body.length);
  frames.push(body);
  const frame = frames.next();
  if (frames.fault !== undefined) return unreadable(frames.fault);
  if (frame === undefined) return unreadable(frames.keptBytes > 0 ? 'grpc_message_incomplete' : 'grpc_no_message');
  if (frame.bytes.length !== body.length) return unreadable('grpc_more_than_one_message');
  return readGrpcFrame(method, frame);
}

/** One message of a request; `bytes` of its facts are those of the message with its prefix. */
export function readGrpcFrame(method: GrpcMethod, frame: Frame): Reading<RequestReading> {
  if (frame.compressed) return unreadable('grpc_message_compressed');
  const message = messageOf(frame);
  const flaw = flawOf(message, method.request, 0, message.length);
  if (flaw !== undefined) return unreadable(flaw);
  const read = readAsked(method, message);
  if (!read.ok) return read;
  const { model, rows } = read.value;
  if (model === '' && method.asks !== 'server') return wrongShape('model_name_missing');
  const facts = {
    bytes: BigInt(frame.bytes.length),
    rows: BigInt(rows),
    model,
    stream: method.streams,
    max_tokens: 0n,
    n: 1n,
  };
  return ok({ facts, asksForLogprobs: false });
}

function readAsked(method: GrpcMethod, message: Uint8Array): Reading<InferenceFacts> {
  switch (method.asks) {
    case 'inference':
      return readInference(message);
    case 'model':
      return readNameOfModel(message);
    case 'server':
      return ok({ model: '', rows: 0 });
    case 'predict':
      return readPredict(message);
    case 'metadata':
      return readMetadata(message);
    case 'examples':
      return readExamples(message);
    case 'tasks':
      return readTasks(message);
  }
}

function readNameOfModel(message: Uint8Array): Reading<InferenceFacts> {
  const fields = new Fields(message, 0, message.length);
  let model: string | undefined = '';
  while (fields.next()) if (fields.field === 1) model = decodeUtf8(message.subarray(fields.from, fields.to));
  return model === undefined ? wrongShape('model_name_not_utf8') : ok({ model, rows: 0 });
}
