/**
 * inference.GRPCInferenceService (github.com/kserve/open-inference-protocol, Triton's grpc_service.proto): the messages of the calls
 * that are read. protos/inference/grpc_service.proto says the same in protobuf's words; a test holds the two equal.
 */
import { elements, many, mapOf, message, number, numbers, one, raw, text, texts, value, values } from './schema.ts';

const parameter = message({
  1: number('bool'),
  2: number('int64'),
  3: value,
  4: number('double'),
  5: number('uint64'),
});
const parameters = mapOf(one(parameter));

const contents = message({
  1: values('bool'),
  2: values('int32'),
  3: values('int64'),
  4: values('uint32'),
  5: values('uint64'),
  6: values('float'),
  7: values('double'),
  8: elements,
});

const tensor = message(
  { 1: text, 2: text, 3: numbers('int64'), 4: parameters, 5: one(contents) },
  { key: 1, datatype: { field: 2, of: 'open-inference' } },
);
const requestedOutput = message({ 1: text, 2: parameters });

export const modelInferRequest = message(
  { 1: text, 2: text, 3: text, 4: parameters, 5: many(tensor), 6: many(requestedOutput), 7: raw },
  { tensors: 5 },
);
export const modelInferResponse = message(
  { 1: text, 2: text, 3: text, 4: parameters, 5: many(tensor), 6: raw },
  { tensors: 5 },
);
export const modelStreamInferResponse = message({ 1: text, 2: one(modelInferResponse) });

/** ServerLive, ServerReady, ServerMetadata: nothing is asked. */
export const nothing = message({});
/** ServerLive, ServerReady, ModelReady. */
export const yesOrNo = message({ 1: number('bool') });
/** ModelReady, ModelMetadata: name and version. */
export const nameOfModel = message({ 1: text, 2: text });
export const serverMetadata = message({ 1: text, 2: text, 3: texts });
const tensorMetadata = message({ 1: text, 2: text, 3: numbers('int64') });
export const modelMetadata = message({
  1: text,
  2: texts,
  3: text,
  4: many(tensorMetadata),
  5: many(tensorMetadata),
  6: mapOf(value),
});
