/** How a client of a cluster proves who it is, and how the cluster does. Read anew for each client, so that files may be exchanged. */
import type { ConnectionOptions } from 'node:tls';
import type { KafkaConfig, KafkaSaslConfig, SecretPlace } from '@countersign/core/policy/config.ts';
import type { Clock } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import { readPrivateFile } from '../keys/private-file.ts';
import { readCertificates, readIdentity } from '../listen/tls-files.ts';
import { type AccessTokens, createAccessTokens } from './access-token.ts';
import type { Problem } from './problem.ts';

export interface Security {
  /** Undefined: in clear. */
  readonly tls: ConnectionOptions | undefined;
  readonly sasl: Login | undefined;
}

/** No library's own: each client has its words for the same. */
export type Login =
  | { readonly mechanism: 'SCRAM-SHA-512' | 'SCRAM-SHA-256'; readonly username: string; readonly password: string }
  | { readonly mechanism: 'OAUTHBEARER'; readonly tokens: AccessTokens };

export function createSecurity(
  { tls, sasl }: Pick<KafkaConfig, 'tls' | 'sasl'>,
  clock: Pick<Clock, 'now'>,
): () => Result<Security, Problem> {
  // A token outlives the clients that use it: a cluster that is away must not become a flood of logins.
  const tokens = sasl?.mechanism === 'OAUTHBEARER' ? createAccessTokens(sasl, readSecret, clock) : undefined;
  return () => {
    const ours = tls === undefined ? ok(undefined) : readTls(tls, clock.now());
    if (!ours.ok) return unreadable(ours.error);
    const login = sasl === undefined ? ok(undefined) : toLogin(sasl, tokens);
    if (!login.ok) return unreadable(login.error);
    return ok({ tls: ours.value, sasl: login.value });
  };
}

const unreadable = (detail: string): Result<never, Problem> => err({ reason: 'secret_unreadable', detail });

function readTls({ ca, identity }: NonNullable<KafkaConfig['tls']>, nowMs: number): Result<ConnectionOptions, string> {
  const authorities = ca === undefined ? ok(undefined) : readCertificates(ca);
  if (!authorities.ok) return authorities;
  const own = identity === undefined ? ok(undefined) : readIdentity(identity, nowMs);
  if (!own.ok) return own;
  return ok({
    minVersion: 'TLSv1.2',
    ...(authorities.value && { ca: authorities.value.pem }),
    ...(own.value && { cert: own.value.cert, key: own.value.key }),
  });
}

function toLogin(config: KafkaSaslConfig, tokens: AccessTokens | undefined): Result<Login, string> {
  // Read for OAUTHBEARER too: a secret that cannot be read is told before a connection is.
  const secret = readSecret(config.mechanism === 'OAUTHBEARER' ? config.clientSecret : config.password);
  if (!secret.ok) return secret;
  if (config.mechanism !== 'OAUTHBEARER') {
    return ok({ mechanism: config.mechanism, username: config.username, password: secret.value });
  }
  return tokens === undefined ? err('no tokens for OAUTHBEARER') : ok({ mechanism: config.mechanism, tokens });
}

const maxSecretBytes = 4096;

/**
 * A line of printable ASCII: what people mean by any other would depend on how the broker prepares strings (RFC 4013). The error
 * names the place, never the secret.
 */
export function readSecret(place: SecretPlace): Result<string, string> {
  const name = 'file' in place ? place.file : `environment variable ${place.env}`;
  const read = 'file' in place ? readPrivateFile(place.file, maxSecretBytes) : fromEnvironment(place.env);
  if (!read.ok) return err(`${name}: ${read.error}`);
  const secret = read.value.toString().replace(/\r?\n$/, '');
  return /^[\x20-\x7e]+$/.test(secret) ? ok(secret) : err(`${name}: empty, or not one line of printable ASCII`);
}

function fromEnvironment(name: string): Result<string, string> {
  const value = process.env[name];
  return value === undefined ? err('not set') : ok(value);
}
