/**
 * inference.GRPCInferenceService (github.com/kserve/open-inference-protocol, Triton's grpc_service.proto): the messages of the calls
 * that are read. protos/inference/grpc_service.proto says the same in protobuf's words; a test holds the two equal.
 */
import {
  elements,
  type Message,
  many,
  mapOf,
  message,
  number,
  numbers,
  numberValue,
  one,
  raw,
  text,
  texts,
  value,
  values,
} from './schema.ts';

const parameter = message('inference.InferParameter', {
  bool_param: [1, numberValue('bool')],
  int64_param: [2, numberValue('int64')],
  string_param: [3, value],
  double_param: [4, numberValue('double')],
  uint64_param: [5, numberValue('uint64')],
});
const parameters = mapOf(one(parameter));

export const tensorContents = message('inference.InferTensorContents', {
  bool_contents: [1, values('bool')],
  int_contents: [2, values('int32')],
  int64_contents: [3, values('int64')],
  uint_contents: [4, values('uint32')],
  uint64_contents: [5, values('uint64')],
  fp32_contents: [6, values('float')],
  fp64_contents: [7, values('double')],
  bytes_contents: [8, elements],
});

const tensor = (name: string): Message =>
  message(
    name,
    {
      name: [1, text],
      datatype: [2, text],
      shape: [3, numbers('int64')],
      parameters: [4, parameters],
      contents: [5, one(tensorContents)],
    },
    { key: 1, datatype: { field: 2, of: 'open-inference' } },
  );
const requestedOutput = message(
  'inference.ModelInferRequest.InferRequestedOutputTensor',
  { name: [1, text], parameters: [2, parameters] },
  { key: 1 },
);

export const modelInferRequest = message(
  'inference.ModelInferRequest',
  {
    model_name: [1, text],
    model_version: [2, text],
    id: [3, text],
    parameters: [4, parameters],
    inputs: [5, many(tensor('inference.ModelInferRequest.InferInputTensor'))],
    outputs: [6, many(requestedOutput)],
    raw_input_contents: [7, raw],
  },
  { tensors: 5 },
);
export const modelInferResponse = message(
  'inference.ModelInferResponse',
  {
    model_name: [1, text],
    model_version: [2, text],
    id: [3, text],
    parameters: [4, parameters],
    outputs: [5, many(tensor('inference.ModelInferResponse.InferOutputTensor'))],
    raw_output_contents: [6, raw],
  },
  { tensors: 5 },
);
export const modelStreamInferResponse = message('inference.ModelStreamInferResponse', {
  error_message: [1, text],
  infer_response: [2, one(modelInferResponse)],
});

export const serverLiveRequest = message('inference.ServerLiveRequest', {});
export const serverLiveResponse = message('inference.ServerLiveResponse', { live: [1, number('bool')] });
export const serverReadyRequest = message('inference.ServerReadyRequest', {});
export const serverReadyResponse = message('inference.ServerReadyResponse', { ready: [1, number('bool')] });
export const modelReadyRequest = message('inference.ModelReadyRequest', { name: [1, text], version: [2, text] });
export const modelReadyResponse = message('inference.ModelReadyResponse', { ready: [1, number('bool')] });
export const serverMetadataRequest = message('inference.ServerMetadataRequest', {});
export const serverMetadataResponse = message('inference.ServerMetadataResponse', {
  name: [1, text],
  version: [2, text],
  extensions: [3, texts],
});
export const modelMetadataRequest = message('inference.ModelMetadataRequest', { name: [1, text], version: [2, text] });
const tensorMetadata = message('inference.ModelMetadataResponse.TensorMetadata', {
  name: [1, text],
  datatype: [2, text],
  shape: [3, numbers('int64')],
});
export const modelMetadataResponse = message('inference.ModelMetadataResponse', {
  name: [1, text],
  versions: [2, texts],
  platform: [3, text],
  inputs: [4, many(tensorMetadata)],
  outputs: [5, many(tensorMetadata)],
  properties: [6, mapOf(value)],
});
