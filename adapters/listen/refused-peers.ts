import type { Logger } from 'pino';

/** Why a connection was not taken. A closed list: it is a metric's label. */
export const peerFaults = [
  'no_certificate',
  'expired',
  'not_yet_valid',
  'not_trusted',
  'not_for_clients',
  'wrong_name',
  'not_http2',
  'not_tls',
  'tls_version',
  'resumed',
  'handshake_failed',
] as const;
export type PeerFault = (typeof peerFaults)[number];

const byCode: ReadonlyMap<string, PeerFault> = new Map([
  ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'no_certificate'],
  ['CERT_HAS_EXPIRED', 'expired'],
  ['CERT_NOT_YET_VALID', 'not_yet_valid'],
  ['INVALID_PURPOSE', 'not_for_clients'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'not_trusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'not_trusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'not_trusted'],
  ['CERT_SIGNATURE_FAILURE', 'not_trusted'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'not_trusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'not_trusted'],
  ['INVALID_CA', 'not_trusted'],
  ['ERR_SSL_NO_APPLICATION_PROTOCOL', 'not_http2'],
  ['ERR_SSL_HTTP_REQUEST', 'not_tls'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'not_tls'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'not_tls'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'tls_version'],
]);

/** `verification`: what was wrong with the peer's certificate; Node cuts the connection then, and its error says only that. */
export function faultOf(error: unknown, verification: unknown): PeerFault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return byCode.get(String(verification)) ?? byCode.get(code) ?? 'handshake_failed';
}

const logEveryMs = 60_000;

/** Counts each, logs each kind once a minute: strangers must not be able to fill the log. */
export class RefusedPeers {
  readonly #log: Pick<Logger, 'warn'>;
  readonly #now: () => number;
  readonly #count: (fault: PeerFault) => void;
  readonly #quiet = new Map<PeerFault, { untilMs: number; unsaid: number }>();

  constructor(log: Pick<Logger, 'warn'>, now: () => number, count: (fault: PeerFault) => void) {
    this.#log = log;
    this.#now = now;
    this.#count = count;
  }

  note(fault: PeerFault, remote: string | undefined): void {
    this.#count(fault);
    const now = this.#now();
    const quiet = this.#quiet.get(fault);
    if (quiet !== undefined && now < quiet.untilMs) {
      quiet.unsaid += 1;
      return;
    }
    this.#quiet.set(fault, { untilMs: now + logEveryMs, unsaid: 0 });
    this.#log.warn({ reason: fault, remote, unsaid: quiet?.unsaid ?? 0 }, 'a connection was refused');
  }
}
