/** What the clusters and the listener of a configuration have in common. */
export const type = (name: string): { readonly '@type': string } => ({ '@type': `type.googleapis.com/${name}` });

export const socketAddress = (address: string, port: number): object => ({
  socket_address: { address, port_value: port },
});

export const http2Protocol = (more: object = {}): object => ({
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    ...type('envoy.extensions.upstreams.http.v3.HttpProtocolOptions'),
    explicit_http_config: {
      http2_protocol_options: {
        initial_stream_window_size: 1_048_576,
        initial_connection_window_size: 16_777_216,
        ...more,
      },
    },
  },
});

/** Every exchange, held ones too, keeps one stream open: the default breaker of 1,024 would refuse the rest. */
export const wideBreaker = {
  thresholds: [{ max_requests: 100_000, max_pending_requests: 100_000, max_connections: 100_000 }],
};
