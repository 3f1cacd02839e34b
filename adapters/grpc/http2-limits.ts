/**
 * Envoy ends most ext_proc streams with RST_STREAM. Node's HTTP/2 server takes a burst of those for a rapid-reset attack
 * (CVE-2023-44487) and answers with GOAWAY, which fails every other call on the connection: 30 of 20,000 calls became 500
 * in a load test against Envoy 1.40. grpc-js has no option for it, so the limits are put in where it creates its server.
 *
 * This takes Node's protection away: the listeners are loopback (or mTLS with Envoy's identity pinned), never public.
 */
import http2 from 'node:http2';
import { mostWindowBytes, StreamWindows } from './stream-windows.ts';

const resetLimits = { streamResetBurst: 1_000_000, streamResetRate: 1_000_000 };

let raised = false;

/** Call before grpc-js creates a server: its option for windows is read by clients only. Idempotent. */
export function raiseHttp2Limits(): void {
  if (raised) return;
  raised = true;
  const { createServer, createSecureServer } = http2;
  http2.createServer = ((options: http2.ServerOptions, ...rest: readonly never[]) =>
    widened(createServer({ ...options, ...limitsWith(options) }, ...rest))) as typeof createServer;
  http2.createSecureServer = ((options: http2.SecureServerOptions, ...rest: readonly never[]) =>
    widened(createSecureServer({ ...options, ...limitsWith(options) }, ...rest))) as typeof createSecureServer;
}

const limitsWith = ({ settings }: http2.SessionOptions): http2.SessionOptions => ({
  ...resetLimits,
  settings: { ...settings, initialWindowSize: mostWindowBytes },
});

function widened<Server extends http2.Http2Server | http2.Http2SecureServer>(server: Server): Server {
  const windows = new StreamWindows();
  server.on('session', (session: http2.ServerHttp2Session) => windows.addSession(session));
  server.on('stream', (stream: http2.ServerHttp2Stream) => windows.addStream(stream));
  return server;
}
