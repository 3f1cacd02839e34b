/** The shapes proto-loader gives for protos/. Only the converter files of the services and this room may see them. */
export interface WireHeader {
  readonly key: string;
  readonly value: string;
  readonly raw_value: Uint8Array;
}
export interface WireHeaderOption {
  readonly header: { readonly key: string; readonly value?: string; readonly raw_value?: Uint8Array };
  readonly append: { readonly value: boolean };
}
export interface WireHeaderMap {
  readonly headers: readonly WireHeader[];
}
export interface WireValue {
  readonly stringValue?: string;
}
export interface WireStruct {
  readonly fields: { readonly [key: string]: WireValue };
}
export interface WireMetadata {
  readonly filter_metadata: { readonly [namespace: string]: WireStruct };
}
export interface WireAddress {
  readonly socket_address?: { readonly address: string; readonly port_value?: number } | null;
}

export interface WireCheckRequest {
  readonly attributes: {
    readonly source: { readonly address: WireAddress | null; readonly principal: string } | null;
    readonly request: {
      readonly http: {
        readonly id: string;
        readonly method: string;
        readonly path: string;
        readonly host: string;
        readonly scheme: string;
        readonly protocol: string;
        readonly header_map: WireHeaderMap | null;
      } | null;
    } | null;
  } | null;
}
export interface WireCheckResponse {
  readonly status: { readonly code: number; readonly message?: string };
  readonly denied_response?: {
    readonly status: { readonly code: number };
    readonly headers: readonly WireHeaderOption[];
    readonly body: string;
  };
  readonly ok_response?: {
    readonly headers: readonly WireHeaderOption[];
    readonly headers_to_remove: readonly string[];
  };
  readonly dynamic_metadata: WireStruct;
}

export interface WireHttpHeaders {
  readonly headers: WireHeaderMap | null;
  readonly end_of_stream: boolean;
}
export interface WireHttpBody {
  readonly body: Uint8Array;
  readonly end_of_stream: boolean;
}
export interface WireProcessingRequest {
  /** Which member is set; undefined for messages of a newer Envoy that this subset does not know. */
  readonly request?: string;
  readonly request_headers?: WireHttpHeaders;
  readonly response_headers?: WireHttpHeaders;
  readonly request_body?: WireHttpBody;
  readonly response_body?: WireHttpBody;
  readonly request_trailers?: { readonly trailers: WireHeaderMap | null };
  readonly response_trailers?: { readonly trailers: WireHeaderMap | null };
  readonly metadata_context: WireMetadata | null;
  readonly observability_mode: boolean;
  readonly protocol_config: { readonly request_body_mode: number; readonly response_body_mode: number } | null;
}
export interface WireHeaderMutation {
  readonly set_headers: readonly WireHeaderOption[];
  readonly remove_headers: readonly string[];
}
export interface WireCommonResponse {
  readonly header_mutation?: WireHeaderMutation;
  readonly body_mutation?: {
    readonly streamed_response: { readonly body: Uint8Array; readonly end_of_stream: boolean };
  };
}
export interface WireProcessingResponse {
  readonly request_headers?: { readonly response: WireCommonResponse };
  readonly response_headers?: { readonly response: WireCommonResponse };
  readonly request_body?: { readonly response: WireCommonResponse };
  readonly response_body?: { readonly response: WireCommonResponse };
  readonly request_trailers?: { readonly header_mutation?: WireHeaderMutation };
  readonly response_trailers?: { readonly header_mutation?: WireHeaderMutation };
  readonly immediate_response?: {
    readonly status: { readonly code: number };
    readonly headers: WireHeaderMutation;
    readonly body: Uint8Array;
    readonly grpc_status?: { readonly status: number };
    readonly details: string;
  };
}
