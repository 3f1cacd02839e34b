/** `countersign.yaml` → Configuration, or everything that is wrong with it. */
import { err, ok, type Result } from '../result.ts';
import type { AnchorConfig, Configuration, Diagnostic, IssuerConfig, ListenersConfig } from './config.ts';
import type { ConfigurationFile } from './config-schema.ts';
import { configurationFileSchema } from './config-schema.ts';
import { byPlace } from './diagnostics.ts';
import { type Entry, read } from './entries.ts';
import { validate, valueAt } from './issues.ts';
import { kafkaFaults, toKafka } from './kafka-section.ts';
import { keepFaults } from './ledger-keep.ts';
import { formatListenAddress, parseListenAddress } from './listen-address.ts';
import { listenerFaults } from './listener-faults.ts';
import { parseYaml, type YamlSource } from './yaml-source.ts';

/** `directory` is the absolute folder of the file: relative paths in it count from there. */
export function loadConfiguration(
  file: { readonly name: string; readonly text: string },
  directory: string,
): Result<Configuration, readonly Diagnostic[]> {
  const source = parseYaml(file);
  if (!source.ok) return err(source.error.sort(byPlace));
  const { value, diagnostics } = validate(source.value, configurationFileSchema);
  const all = [
    ...diagnostics,
    ...duplicates(source.value, 'issuers', 'issuer'),
    ...duplicates(source.value, 'credentials', 'name'),
    ...listenerFaults(source.value, (path) => resolvePath(directory, path)),
    ...kafkaFaults(source.value),
    ...keepFaults(source.value),
  ];
  if (!value || all.length > 0) return err(all.sort(byPlace));
  return ok(toConfiguration(value, (path) => resolvePath(directory, path)));
}

function duplicates(source: YamlSource, section: string, key: string): readonly Diagnostic[] {
  const list = valueAt(source.raw, [section]);
  if (!Array.isArray(list)) return [];
  const seen = new Set<unknown>();
  return list.flatMap((_, index) => {
    const entry: Entry = { source, path: [section, index], name: undefined };
    const value = read(entry, key);
    if (value === undefined || !seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [source.at([...entry.path, key], `${key} "${String(value)}" is defined twice`)];
  });
}

function toConfiguration(file: ConfigurationFile, absolute: (path: string) => string): Configuration {
  const { anonymous_refusals: refusals, limits, listeners, kafka } = file;
  return {
    issuers: file.issuers.map(toIssuer),
    listeners: toListeners(listeners, absolute),
    limits: {
      requestBytes: limits.request_bytes,
      spill: { ...limits.spill, directory: absolute(limits.spill.directory) },
      payloadBytes: limits.payload_bytes,
      responseEventBytes: limits.response_event_bytes,
      responseMessageBytes: limits.response_message_bytes,
      decodedBytes: limits.decoded_bytes,
      expansionRatio: limits.expansion_ratio,
      holdsPerSubject: limits.holds_per_subject,
      tokenBytes: limits.token_bytes,
    },
    anonymousRefusals: { perSource: refusals.per_source, total: refusals.total },
    ledger: {
      directory: absolute(file.ledger.directory),
      keepMs: file.ledger.keep,
      anchor: toAnchor(file.ledger.anchor, absolute),
    },
    keys: {
      handOff: absolute(file.keys.hand_off),
      digest: absolute(file.keys.digest),
      payload: absolute(file.keys.payload),
      private: absolute(file.keys.private),
      masking: absolute(file.keys.masking),
      ledger: absolute(file.keys.ledger),
    },
    credentials: file.credentials.map((entry) => ({ ...entry, file: absolute(entry.file) })),
    kafka: kafka && toKafka(kafka, absolute),
    approvals: {
      store: absolute(file.approvals.store),
      url: file.approvals.url ?? `http://${listeners.console}`,
      abandonedMs: file.approvals.abandoned,
    },
    identityHeaders: [...new Set(file.identity_headers)],
  };
}

function toAnchor(
  file: ConfigurationFile['ledger']['anchor'],
  absolute: (path: string) => string,
): AnchorConfig | undefined {
  if (file === undefined) return undefined;
  const { directory, every, timestamp } = file;
  return {
    directory: absolute(directory),
    everyMs: every,
    timestamp: timestamp && { url: timestamp.url, ca: absolute(timestamp.ca) },
  };
}

function toListeners(file: ConfigurationFile['listeners'], absolute: (path: string) => string): ListenersConfig {
  const { authz, proc, console, socket_access: socketAccess, tls } = file;
  const place = (text: string): string => {
    const address = parseListenAddress(text);
    return address?.kind === 'unix' ? formatListenAddress({ ...address, path: absolute(address.path) }) : text;
  };
  return {
    authz: place(authz),
    proc: proc.map(place),
    console,
    socketAccess,
    tls: tls && {
      certificate: absolute(tls.certificate),
      key: absolute(tls.key),
      clientCa: absolute(tls.client_ca),
      clientSan: [...new Set(tls.client_san)],
    },
  };
}

function toIssuer(entry: ConfigurationFile['issuers'][number]): IssuerConfig {
  return {
    issuer: entry.issuer,
    audience: typeof entry.audience === 'string' ? [entry.audience] : entry.audience,
    algorithms: entry.algorithms,
    jwksUri: entry.jwks_uri,
    groupsClaim: entry.groups_claim,
    requireAccessTokenType: entry.require_access_token_type,
    jwksMaxStaleMs: entry.jwks_max_stale,
  };
}

/** POSIX: joins and removes `.` and `..`. core has no node:path. */
export function resolvePath(directory: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${directory}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
