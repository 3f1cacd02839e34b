/** Envoy's messages as the codec of this room gives and takes them. Only the converter files of the services may see them. */
import type { HeaderList } from '@countersign/core/exchange/message.ts';

/** auth.v3.CheckRequest, what is read of it. */
export interface WireCheckRequest {
  /** Undefined: not a check of an HTTP request. */
  readonly headers: HeaderList | undefined;
  readonly source: { readonly address: string; readonly port: number } | undefined;
}
export interface WireCheckResponse {
  readonly status: number;
  readonly denied_response?: { readonly status: number; readonly headers: HeaderList; readonly body: string };
  readonly ok_response?: { readonly headers_to_remove: readonly string[] };
  /** String values by name: a Struct. */
  readonly dynamic_metadata: readonly (readonly [name: string, value: string])[];
}

export const wirePhases = [
  'request_headers',
  'response_headers',
  'request_body',
  'response_body',
  'request_trailers',
  'response_trailers',
] as const;
export type WirePhase = (typeof wirePhases)[number];

/** ext_proc.v3.ProcessingRequest. */
export interface WireProcessingRequest {
  /** Which member is set; undefined: none that this subset knows, as with the flow-control updates of a newer Envoy. */
  readonly request: WirePhase | undefined;
  /** Of headers and trailers. */
  readonly headers: HeaderList;
  /** A view into the whole message. */
  readonly body: Uint8Array;
  readonly end_of_stream: boolean;
  /** String values of the namespace that was asked for; undefined: not asked for, or the namespace is not there. */
  readonly metadata: ReadonlyMap<string, string> | undefined;
  readonly observability_mode: boolean;
  readonly protocol_config: { readonly request_body_mode: number; readonly response_body_mode: number } | undefined;
}

export interface WireHeaderMutation {
  readonly set_headers: HeaderList;
  readonly remove_headers: readonly string[];
}
/** ext_proc.v3.ProcessingResponse: one of these. */
export type WireProcessingResponse =
  | ({ readonly response: 'request_headers' | 'response_headers' } & WireHeaderMutation)
  | ({ readonly response: 'request_trailers' | 'response_trailers' } & WireHeaderMutation)
  /** `streamed_response`: full duplex takes nothing else. */
  | { readonly response: 'request_body' | 'response_body'; readonly body: Uint8Array; readonly end_of_stream: boolean }
  | {
      readonly response: 'immediate_response';
      readonly status: number;
      readonly set_headers: HeaderList;
      readonly body: string;
      readonly details: string;
    };
