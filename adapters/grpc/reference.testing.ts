/**
 * THE REFERENCE: protobuf's own reading and writing of protos/, by proto-loader. What the codec of this room does by hand is held
 * equal to it. `defaults` makes absent scalars '' / 0 / false, enums stay numbers.
 */
import { fileURLToPath } from 'node:url';
import { type AnyDefinition, loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import type { WireCheckRequest, WirePhase, WireProcessingRequest } from './wire.ts';

export const loaded = loadSync(
  ['envoy/service/auth/v3/external_auth.proto', 'envoy/service/ext_proc/v3/external_processor.proto'],
  {
    includeDirs: [fileURLToPath(new URL('../../protos/', import.meta.url))],
    keepCase: true,
    defaults: true,
    oneofs: true,
    longs: Number,
  },
);

const isService = (definition: AnyDefinition | undefined): definition is ServiceDefinition =>
  definition !== undefined && !('format' in definition);

function method(service: string, name: string) {
  const definition = loaded[service];
  const found = isService(definition) ? definition[name] : undefined;
  if (found === undefined) throw new Error(`protos/ has no ${service}/${name}`);
  return found;
}
const check = method('envoy.service.auth.v3.Authorization', 'Check');
const processing = method('envoy.service.ext_proc.v3.ExternalProcessor', 'Process');
export const referencePaths = { check: check.path, process: processing.path } as const;

interface Header {
  readonly key: string;
  readonly value: string;
  readonly raw_value: Buffer;
}
type HeaderMap = { readonly headers: readonly Header[] } | null;
interface Value {
  readonly kind?: string;
  readonly stringValue?: string;
}
interface ProcessingRequest {
  readonly request?: WirePhase;
  readonly metadata_context: {
    readonly filter_metadata: Readonly<Record<string, { readonly fields: Readonly<Record<string, Value>> }>>;
  } | null;
  readonly observability_mode: boolean;
  readonly protocol_config: WireProcessingRequest['protocol_config'] | null;
}
interface Phase {
  readonly headers?: HeaderMap;
  readonly trailers?: HeaderMap;
  readonly body?: Buffer;
  readonly end_of_stream?: boolean;
}
interface CheckRequest {
  readonly attributes: {
    readonly source: {
      readonly address: {
        readonly socket_address?: { readonly address: string; readonly port_value?: number };
      } | null;
    } | null;
    readonly request: {
      readonly http: {
        readonly header_map: HeaderMap;
      } | null;
    } | null;
  } | null;
}

/** What the hand codec must make of these bytes. Throws where protobuf does. */
export function readProcessingRequest(bytes: Buffer, namespace: string | undefined): WireProcessingRequest {
  // proto-loader types every message as object; here and below they get the names that protos/ gives them.
  const message = processing.requestDeserialize(bytes) as ProcessingRequest & Partial<Record<WirePhase, Phase>>;
  const { request, metadata_context, observability_mode, protocol_config } = message;
  const phase: Phase = (request && message[request]) ?? {};
  const fields = namespace === undefined ? undefined : metadata_context?.filter_metadata[namespace]?.fields;
  return {
    request,
    headers: headerList(phase.headers ?? phase.trailers ?? null),
    body: new Uint8Array(phase.body ?? []),
    end_of_stream: phase.end_of_stream ?? false,
    metadata: fields && new Map(Object.entries(fields).flatMap(([name, value]) => stringOf(name, value))),
    observability_mode,
    protocol_config: protocol_config
      ? {
          request_body_mode: protocol_config.request_body_mode,
          response_body_mode: protocol_config.response_body_mode,
        }
      : undefined,
  };
}

export function readCheckRequest(bytes: Buffer): WireCheckRequest {
  const { attributes } = check.requestDeserialize(bytes) as CheckRequest;
  const http = attributes?.request?.http;
  const source = attributes?.source?.address?.socket_address;
  return {
    headers: http ? headerList(http.header_map) : undefined,
    source: source && { address: source.address, port: source.port_value ?? 0 },
  };
}

const headerList = (map: HeaderMap): [string, string][] =>
  (map?.headers ?? []).map(({ key, value, raw_value }) => [
    Buffer.from(key)
      .toString('latin1')
      .replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
    (raw_value.length > 0 ? raw_value : Buffer.from(value)).toString('latin1'),
  ]);

const stringOf = (name: string, { kind, stringValue }: Value): [string, string][] =>
  kind === 'stringValue' && stringValue !== undefined ? [[name, stringValue]] : [];

export const readProcessingResponse = (bytes: Buffer): object => processing.responseDeserialize(bytes);
export const readCheckResponse = (bytes: Buffer): object => check.responseDeserialize(bytes);
