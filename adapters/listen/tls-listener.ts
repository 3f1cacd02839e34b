/**
 * Mutual TLS with Envoy's name pinned. The connection is checked here, whole, before anything of HTTP/2 exists: gRPC servers of Node
 * have no hook for it, so a stranger would be a session with a health service and generous limits before the first handler ran.
 */
import { constants } from 'node:crypto';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { isPinnedPeer, type PeerName } from '@countersign/core/identity/peer-name.ts';
import { faultOf, type PeerFault, type RefusedPeers } from './refused-peers.ts';
import type { TlsFiles } from './tls-files.ts';

const handshakeTimeoutMs = 5_000;
/** RFC 9113 §9.2.2 forbids the rest of TLS 1.2 to HTTP/2. */
const ciphers = [
  'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** For the server and for every later `setSecureContext`, which starts from nothing. */
export const contextOf = ({ cert, key, ca }: TlsFiles) =>
  ({
    cert,
    key,
    ca,
    minVersion: 'TLSv1.2',
    ciphers,
    // Without tickets there is no resumption: every connection proves its name anew, under the authorities of that moment.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  }) as const;

export function openTls(
  files: TlsFiles,
  pinned: readonly PeerName[],
  refused: RefusedPeers,
  onConnection: (socket: TLSSocket) => void,
): Server {
  const server = createServer({
    ...contextOf(files),
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['h2'],
    handshakeTimeout: handshakeTimeoutMs,
    noDelay: true,
  });
  server.on('tlsClientError', (error, socket) => {
    refused.note(faultOf(error, socket.authorizationError), socket.remoteAddress);
  });
  server.on('secureConnection', (socket) => {
    // Its end is its owner's to see; an error that nobody hears would end the process.
    socket.on('error', () => undefined);
    const fault = peerFault(socket, pinned);
    if (fault === undefined) return onConnection(socket);
    refused.note(fault, socket.remoteAddress);
    socket.destroy();
  });
  return server;
}

/** undefined: this is Envoy. Everything the handshake has settled is asked again, so that no option of it is load-bearing alone. */
function peerFault(socket: TLSSocket, pinned: readonly PeerName[]): PeerFault | undefined {
  if (!socket.authorized) return 'not_trusted';
  if (socket.isSessionReused()) return 'resumed';
  // A client that offers no protocol at all passes the handshake.
  if (socket.alpnProtocol !== 'h2') return 'not_http2';
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return 'no_certificate';
  return isPinnedPeer(certificate.subjectAltName, pinned) ? undefined : 'wrong_name';
}
