/** Which gRPC calls are read, by path. What is not here is refused: its messages are not known. */
import type { Api } from '../../policy/policy.ts';
import {
  modelInferRequest,
  modelInferResponse,
  modelMetadataRequest,
  modelMetadataResponse,
  modelReadyRequest,
  modelReadyResponse,
  modelStreamInferResponse,
  serverLiveRequest,
  serverLiveResponse,
  serverMetadataRequest,
  serverMetadataResponse,
  serverReadyRequest,
  serverReadyResponse,
} from './open-inference-schema.ts';
import type { Message } from './schema.ts';
import {
  classificationRequest,
  classificationResponse,
  getModelMetadataRequest,
  getModelMetadataResponse,
  multiInferenceRequest,
  multiInferenceResponse,
  predictRequest,
  predictResponse,
  regressionRequest,
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
  ['ServerLive', unary('server', serverLiveRequest, serverLiveResponse)],
  ['ServerReady', unary('server', serverReadyRequest, serverReadyResponse)],
  ['ServerMetadata', unary('server', serverMetadataRequest, serverMetadataResponse)],
  ['ModelReady', unary('model', modelReadyRequest, modelReadyResponse)],
  ['ModelMetadata', unary('model', modelMetadataRequest, modelMetadataResponse)],
]);

const tfServing: ReadonlyMap<string, GrpcMethod> = new Map([
  ['Predict', unary('predict', predictRequest, predictResponse)],
  ['Classify', unary('examples', classificationRequest, classificationResponse)],
  ['Regress', unary('examples', regressionRequest, regressionResponse)],
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

/** Calls whose messages hold data, each with its path; none of an API that has no protobuf. */
export const dataCallsOf = (api: Api): readonly { readonly path: string; readonly method: GrpcMethod }[] => {
  const { prefix = '', methods = none } = services.get(api) ?? {};
  return [...methods]
    .filter(([, { holdsData }]) => holdsData)
    .map(([name, method]) => ({ path: prefix + name, method }));
};
const none: Service['methods'] = new Map();
