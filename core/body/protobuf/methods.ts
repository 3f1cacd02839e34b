/** Which gRPC calls are read, by path. What is not here is refused: its messages are not known. */
import type { Api } from '../../policy/policy.ts';
import {
  modelInferRequest,
  modelInferResponse,
  modelMetadata,
  modelStreamInferResponse,
  nameOfModel,
  nothing,
  serverMetadata,
  yesOrNo,
} from './open-inference-schema.ts';
import type { Message } from './schema.ts';
import {
  classificationResponse,
  examplesRequest,
  getModelMetadataRequest,
  getModelMetadataResponse,
  multiInferenceRequest,
  multiInferenceResponse,
  predictRequest,
  predictResponse,
  regressionResponse,
} from './tf-serving-schema.ts';

/** What a request is about, so what there is to know of it. */
export type Asks = 'inference' | 'model' | 'server' | 'predict' | 'metadata' | 'examples' | 'tasks';

export interface GrpcMethod {
  readonly asks: Asks;
  readonly request: Message;
  readonly response: Message;
  /** Its messages hold what goes into a model, or comes out. */
  readonly holdsData: boolean;
  /** Both sides send messages while they read. */
  readonly streams: boolean;
}

const unary = (asks: Asks, request: Message, response: Message): GrpcMethod => ({
  asks,
  request,
  response,
  holdsData: asks !== 'server' && asks !== 'model' && asks !== 'metadata',
  streams: false,
});

const openInference: ReadonlyMap<string, GrpcMethod> = new Map([
  ['ModelInfer', unary('inference', modelInferRequest, modelInferResponse)],
  ['ModelStreamInfer', { ...unary('inference', modelInferRequest, modelStreamInferResponse), streams: true }],
  ['ServerLive', unary('server', nothing, yesOrNo)],
  ['ServerReady', unary('server', nothing, yesOrNo)],
  ['ServerMetadata', unary('server', nothing, serverMetadata)],
  ['ModelReady', unary('model', nameOfModel, yesOrNo)],
  ['ModelMetadata', unary('model', nameOfModel, modelMetadata)],
]);

const tfServing: ReadonlyMap<string, GrpcMethod> = new Map([
  ['Predict', unary('predict', predictRequest, predictResponse)],
  ['Classify', unary('examples', examplesRequest, classificationResponse)],
  ['Regress', unary('examples', examplesRequest, regressionResponse)],
  ['MultiInference', unary('tasks', multiInferenceRequest, multiInferenceResponse)],
  ['GetModelMetadata', unary('metadata', getModelMetadataRequest, getModelMetadataResponse)],
]);

interface Service {
  readonly prefix: string;
  readonly methods: ReadonlyMap<string, GrpcMethod>;
}
const services: ReadonlyMap<Api, Service> = new Map([
  ['open-inference-v2', { prefix: '/inference.GRPCInferenceService/', methods: openInference }],
  ['tf-serving', { prefix: '/tensorflow.serving.PredictionService/', methods: tfServing }],
]);

/** undefined: no call of that api that is read. */
export function grpcMethodOf(api: Api, path: string): GrpcMethod | undefined {
  const service = services.get(api);
  return service !== undefined && path.startsWith(service.prefix)
    ? service.methods.get(path.slice(service.prefix.length))
    : undefined;
}
