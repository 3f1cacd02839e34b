/** The `kafka` section: what its schema cannot say, and how it becomes configuration. */
import { isLoopback, parseAuthority } from './authority.ts';
import type { Diagnostic, KafkaConfig, KafkaSaslConfig, SecretPlace } from './config.ts';
import { valueAt } from './issues.ts';
import type { KafkaFile, SecretFile } from './kafka-schema.ts';
import { parseRetention } from './units.ts';
import type { YamlSource } from './yaml-source.ts';

/** A certificate without its key, and a login that everybody on the way could read or use. */
export function kafkaFaults(source: YamlSource): readonly Diagnostic[] {
  const at = (...keys: readonly string[]): unknown => valueAt(source.raw, ['kafka', ...keys]);
  const faults: Diagnostic[] = [];
  for (const [key, other] of [
    ['certificate', 'key'],
    ['key', 'certificate'],
  ] as const) {
    if (at('tls', key) === undefined || at('tls', other) !== undefined) continue;
    faults.push(source.at(['kafka', 'tls', key], `${key} without ${other}`, 'mutual TLS needs both'));
  }
  const brokers = at('brokers');
  const far = Array.isArray(brokers) ? brokers.find((name: unknown) => !isHere(name)) : undefined;
  if (at('sasl') !== undefined && at('tls') === undefined && far !== undefined) {
    const message = `a login at ${String(far)} without kafka.tls`;
    const hint = 'set kafka.tls ({} trusts the authorities of the system): a login in clear is everybody’s';
    faults.push(source.atKey(['kafka', 'sasl'], message, hint));
  }
  return faults;
}

function isHere(broker: unknown): boolean {
  const authority = typeof broker === 'string' ? parseAuthority(broker) : undefined;
  // What is no broker at all has a diagnostic of its own.
  return authority === undefined || isLoopback(authority.host);
}

export function toKafka(file: KafkaFile, absolute: (path: string) => string): KafkaConfig {
  const { tls } = file;
  const placed = (path: string | undefined): string | undefined => (path === undefined ? undefined : absolute(path));
  const { certificate, key } = tls ?? {};
  return {
    client: file.client,
    brokers: file.brokers,
    clientId: file.client_id,
    topicPrefix: file.topic_prefix,
    partitions: file.partitions,
    retentionMs: parseRetention(file.retention) ?? Number.MAX_SAFE_INTEGER,
    acknowledgeWithinMs: file.acknowledge_within,
    tls: tls && {
      ca: placed(tls.ca),
      identity: certificate && key ? { certificate: absolute(certificate), key: absolute(key) } : undefined,
    },
    sasl: file.sasl && toSasl(file.sasl, absolute),
  };
}

function toSasl(sasl: NonNullable<KafkaFile['sasl']>, absolute: (path: string) => string): KafkaSaslConfig {
  if (sasl.mechanism === 'OAUTHBEARER') {
    const { mechanism, token_url: tokenUrl, client_id: clientId, client_secret: secret, scope } = sasl;
    return { mechanism, tokenUrl, clientId, clientSecret: toSecret(secret, absolute), scope };
  }
  const { mechanism, username, password } = sasl;
  return { mechanism, username, password: toSecret(password, absolute) };
}

/** Exactly one of the two is there: the schema sees to it. */
function toSecret({ file, env = '' }: SecretFile, absolute: (path: string) => string): SecretPlace {
  return file === undefined ? { env } : { file: absolute(file) };
}
