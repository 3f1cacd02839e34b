/** The configuration file: the one source of its types, its validation, its defaults and its JSON Schema. */
import { z } from 'zod';
import { parsePeerName, peerNameWords } from '../identity/peer-name.ts';
import { isLoopback, parseListener } from './authority.ts';
import { kafkaSchema } from './kafka-schema.ts';
import { shortestKeepMs } from './ledger-keep.ts';
import { listenAddressWords, parseListenAddress } from './listen-address.ts';
import { duration, identifier, path, size, text } from './schema-parts.ts';
import { isTrustedUrl } from './trusted-url.ts';

/** Asymmetric only: with HS* whoever can verify can also sign, and `none` is no signature at all. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

const trustedUrl = z
  .string()
  .refine((text) => isTrustedUrl(text), 'must be an https URL without user, query or fragment (http on loopback only)');

/** Only a digest goes there, and its answer is signed: many authorities have no https. */
const timestampUrl = z
  .string()
  .regex(/^https?:\/\/[^\s/?#@\\]{1,255}(\/[^\s#\\]*)?$/, 'an http or https URL without user or fragment');

/** Of a service that Envoy calls. That one beyond this machine has TLS is checked in exposed-listeners.ts. */
const listener = z
  .string()
  .refine((text) => parseListenAddress(text) !== undefined, `a listener is ${listenAddressWords}`);

/** People's tokens travel in clear on it. */
const consoleListener = z.string().superRefine((text, context) => {
  const authority = parseListener(text);
  if (!authority) {
    context.addIssue({ code: 'custom', message: 'the console listens on HOST:PORT, such as 127.0.0.1:9193' });
  } else if (!isLoopback(authority.host)) {
    context.addIssue({ code: 'custom', message: 'the console listens on loopback only; put a TLS proxy in front' });
  }
});

const peerName = z.string().refine((text) => parsePeerName(text) !== undefined, peerNameWords);

/** HTTP field name (RFC 9110 §5.1), lower case as in HTTP/2. */
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'an HTTP header name')
  .transform((name) => name.toLowerCase());

/** Headers that Envoy and we own: a credential there would break routing, framing or our own trust. */
const reservedHeader =
  /^(host|content-length|content-encoding|transfer-encoding|connection|te|x-countersign-.*|x-envoy-.*)$/;

const issuer = z.strictObject({
  issuer: trustedUrl,
  audience: z.union([text, z.array(text).min(1)], { error: 'an audience, or a list of them' }),
  algorithms: z.array(z.enum(algorithms)).min(1).default(['RS256', 'PS256', 'ES256']),
  jwks_uri: z
    .string()
    .refine((url) => isTrustedUrl(url, { query: true }), 'must be an https URL (http on loopback only)')
    .optional(),
  groups_claim: text.default('groups'),
  require_access_token_type: z.boolean().default(false),
  jwks_max_stale: duration.prefault('24h'),
});

const credential = z.strictObject({
  name: identifier,
  header: headerName
    .refine((name) => !reservedHeader.test(name), 'this header is not free: it belongs to HTTP, to Envoy or to us')
    .default('authorization'),
  prefix: z
    .string()
    .regex(/^[\x20-\x7e]{0,64}$/, 'printable ASCII')
    .default('Bearer '),
  file: path,
});

const listenerTls = z.strictObject({
  certificate: path,
  key: path,
  client_ca: path,
  client_san: z
    .union([peerName, z.array(peerName).min(1)], { error: `${peerNameWords}; or a list of them` })
    .transform((one) => (typeof one === 'string' ? [one] : one)),
});

export const configurationFileSchema = z.strictObject({
  version: z.literal(1).optional(),
  issuers: z.array(issuer).min(1),
  listeners: z
    .strictObject({
      authz: listener.default('127.0.0.1:9191'),
      proc: z
        .union([listener, z.array(listener).min(1)], { error: `${listenAddressWords}, or a list of them` })
        .transform((one) => (typeof one === 'string' ? [one] : one))
        .prefault('127.0.0.1:9192'),
      console: consoleListener.default('127.0.0.1:9193'),
      socket_access: z.enum(['owner', 'group']).default('owner'),
      tls: listenerTls.optional(),
    })
    .prefault({}),
  limits: z
    .strictObject({
      request_bytes: size.prefault('8 MiB'),
      spill: z.strictObject({ directory: path.default('spill'), bytes: size.prefault('4 GiB') }).prefault({}),
      payload_bytes: size.prefault('1 MiB'),
      response_event_bytes: size.prefault('1 MiB'),
      response_message_bytes: size.prefault('4 MiB'),
      decoded_bytes: size.prefault('64 MiB'),
      expansion_ratio: z.int().min(1).max(10_000).default(100),
      holds_per_subject: z.int().min(1).max(1000).default(10),
      token_bytes: size.prefault('16 KiB'),
    })
    .prefault({}),
  anonymous_refusals: z
    .strictObject({
      per_source: z.int().min(1).max(100_000).default(30),
      total: z.int().min(1).max(1_000_000).default(300),
    })
    .prefault({}),
  ledger: z
    .strictObject({
      directory: path.default('ledger'),
      keep: duration.refine((ms) => ms >= shortestKeepMs, 'at least 1d').optional(),
      anchor: z
        .strictObject({
          directory: path,
          every: duration.prefault('1m'),
          timestamp: z.strictObject({ url: timestampUrl, ca: path }).optional(),
        })
        .optional(),
    })
    .prefault({}),
  keys: z
    .strictObject({
      hand_off: path.default('keys/hand-off.key'),
      digest: path.default('keys/digest.key'),
      payload: path.default('keys/payload.json'),
      private: path.default('keys/private'),
      masking: path.default('keys/masking.key'),
      ledger: path.default('keys/ledger.key'),
    })
    .prefault({}),
  credentials: z.array(credential).default([]),
  kafka: kafkaSchema.optional(),
  approvals: z
    .strictObject({
      store: path.default('approvals.db'),
      url: trustedUrl.optional(),
      abandoned: duration.prefault('120s'),
    })
    .prefault({}),
  identity_headers: z.array(headerName).default([]),
});

export type ConfigurationFile = z.output<typeof configurationFileSchema>;

/** JSON Schema 2020-12 of countersign.yaml, for editors. */
export function configurationJsonSchema(): object {
  return z.toJSONSchema(configurationFileSchema, { io: 'input' });
}
