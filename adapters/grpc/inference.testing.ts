/**
 * protobuf's own reading and writing of the inference services in protos/, by proto-loader: what core does on the wire is held
 * against it, and clients and servers of tests are made of it.
 */
import { fileURLToPath } from 'node:url';
import { type AnyDefinition, loadSync, type ServiceDefinition } from '@grpc/proto-loader';

export const inferenceProtos = loadSync(['inference/grpc_service.proto', 'tensorflow/prediction_service.proto'], {
  includeDirs: [fileURLToPath(new URL('../../protos/', import.meta.url))],
  keepCase: true,
  longs: String,
});

export const services = ['inference.GRPCInferenceService', 'tensorflow.serving.PredictionService'] as const;

const isService = (definition: AnyDefinition | undefined): definition is ServiceDefinition =>
  definition !== undefined && !('format' in definition);

export function serviceOf(name: (typeof services)[number]): ServiceDefinition {
  const definition = inferenceProtos[name];
  if (!isService(definition)) throw new Error(`protos/ has no ${name}`);
  return definition;
}

export type Direction = 'request' | 'response';

/** Writes and reads the messages of one call. */
export function referenceOf(service: (typeof services)[number], method: string, direction: Direction) {
  const definition = serviceOf(service)[method];
  if (definition === undefined) throw new Error(`protos/ has no ${service}/${method}`);
  return {
    path: definition.path,
    encode: (message: object): Buffer =>
      direction === 'request' ? definition.requestSerialize(message) : definition.responseSerialize(message),
    decode: (bytes: Uint8Array): object =>
      direction === 'request'
        ? definition.requestDeserialize(Buffer.from(bytes))
        : definition.responseDeserialize(Buffer.from(bytes)),
  };
}
