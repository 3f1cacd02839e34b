import { fileURLToPath } from 'node:url';
import type { MethodDefinition } from '@grpc/grpc-js';
import { type AnyDefinition, loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import type { WireCheckRequest, WireCheckResponse, WireProcessingRequest, WireProcessingResponse } from './wire.ts';

const protos = fileURLToPath(new URL('../../protos/', import.meta.url));

/**
 * `defaults` makes absent scalars '' / 0 / false, so converters never see undefined where the wire means "default";
 * `enums` stay numbers, so that a value this subset does not know reaches the converter and is refused there.
 */
const loaded = loadSync(
  ['envoy/service/auth/v3/external_auth.proto', 'envoy/service/ext_proc/v3/external_processor.proto'],
  {
    includeDirs: [protos],
    keepCase: true,
    defaults: true,
    oneofs: true,
    longs: Number,
  },
);

function isService(definition: AnyDefinition | undefined): definition is ServiceDefinition {
  return definition !== undefined && !('format' in definition);
}

function method<In extends object, Out extends object>(service: string, name: string): MethodDefinition<In, Out> {
  const definition = loaded[service];
  const found = isService(definition) ? definition[name] : undefined;
  if (found === undefined) throw new Error(`protos/ has no ${service}/${name}`);
  // proto-loader types every message as object; this is the one place where they get their names (wire.ts).
  return {
    path: found.path,
    requestStream: found.requestStream,
    responseStream: found.responseStream,
    requestSerialize: (value: In) => found.requestSerialize(value),
    requestDeserialize: (bytes: Buffer) => found.requestDeserialize(bytes) as In,
    responseSerialize: (value: Out) => found.responseSerialize(value),
    responseDeserialize: (bytes: Buffer) => found.responseDeserialize(bytes) as Out,
  };
}

export const authorizationService = {
  Check: method<WireCheckRequest, WireCheckResponse>('envoy.service.auth.v3.Authorization', 'Check'),
};

export const externalProcessorService = {
  Process: method<WireProcessingRequest, WireProcessingResponse>(
    'envoy.service.ext_proc.v3.ExternalProcessor',
    'Process',
  ),
};
