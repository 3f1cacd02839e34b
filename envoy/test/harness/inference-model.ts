/** A gRPC model server under the test's control: Open Inference and TensorFlow Serving, as protobuf's own library speaks them. */
import { serviceOf } from '@countersign/adapters/grpc/inference.testing.ts';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';

export interface InferRequest {
  readonly model_name: string;
  readonly id?: string;
  readonly parameters?: Readonly<Record<string, object>>;
  readonly inputs: readonly InferTensor[];
  readonly raw_input_contents?: readonly Buffer[];
}
export interface InferTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly (number | string)[];
  readonly contents?: { readonly bytes_contents?: readonly Buffer[]; readonly fp32_contents?: readonly number[] };
}
export interface InferResponse {
  readonly model_name: string;
  readonly id: string;
  readonly outputs: readonly InferTensor[];
  readonly raw_output_contents: readonly Buffer[];
}
export interface StreamResponse {
  readonly error_message: string;
  readonly infer_response: InferResponse | null;
}

/** What reached the model, in order. */
export interface SeenInference {
  readonly request: InferRequest;
  readonly metadata: Metadata;
}
export interface InferenceModel {
  readonly port: number;
  readonly seen: SeenInference[];
  stop(): void;
}

/** Echoes the inputs as outputs; an `id` of `fail` fails with a status whose message holds a value. */
const answerTo = ({ model_name, id = '', inputs, raw_input_contents = [] }: InferRequest): InferResponse => ({
  model_name,
  id,
  outputs: inputs,
  raw_output_contents: raw_input_contents,
});

export async function startInferenceModel(): Promise<InferenceModel> {
  const seen: SeenInference[] = [];
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(serviceOf('inference.GRPCInferenceService'), {
    ServerLive: (_: unknown, answer: sendUnaryData<object>) => answer(null, { live: true }),
    ModelInfer(call: ServerUnaryCall<InferRequest, object>, answer: sendUnaryData<object>) {
      seen.push({ request: call.request, metadata: call.metadata });
      const trailers = new Metadata();
      trailers.set('x-model-cost', '7');
      if (call.request.id === 'fail')
        answer({ code: status.RESOURCE_EXHAUSTED, details: 'no room for 536-22-8726 – 100 %', metadata: trailers });
      else answer(null, answerTo(call.request), trailers);
    },
    ModelStreamInfer(call: ServerDuplexStream<InferRequest, object>) {
      call.on('data', (request: InferRequest) => {
        seen.push({ request, metadata: call.metadata });
        if (request.id === 'fail') call.write({ error_message: 'customer 536-22-8726 is not known' });
        else call.write({ infer_response: answerTo(request) });
      });
      call.on('end', () => call.end());
    },
  });
  server.addService(serviceOf('tensorflow.serving.PredictionService'), {
    Predict(call: ServerUnaryCall<{ readonly inputs: object }, object>, answer: sendUnaryData<object>) {
      answer(null, { outputs: call.request.inputs });
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { port, seen, stop: () => server.forceShutdown() };
}
