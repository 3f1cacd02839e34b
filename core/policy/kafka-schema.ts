/** The `kafka` section of the configuration file. */
import { z } from 'zod';
import { parseAuthority } from './authority.ts';
import { defaultPartitions, kafkaClients } from './config.ts';
import { duration, identifier, path, text } from './schema-parts.ts';
import { isTrustedUrl } from './trusted-url.ts';
import { retentionPattern, retentionWords } from './units.ts';

const broker = z.string().refine((name) => parseAuthority(name)?.port !== undefined, 'a broker is HOST:PORT');

const secretWords = 'where a secret is, { file: PATH } or { env: NAME }; never the secret itself';

/** The message of its own also keeps a secret that somebody wrote here out of the diagnostic. */
const secret = z
  .strictObject(
    {
      file: path.optional(),
      env: z
        .string()
        .regex(/^[A-Z][A-Z0-9_]{0,127}$/, 'the name of an environment variable, in capitals')
        .optional(),
    },
    { error: secretWords },
  )
  .refine(({ file, env }) => (file === undefined) !== (env === undefined), secretWords);

const tls = z.strictObject({ ca: path.optional(), certificate: path.optional(), key: path.optional() });

const scram = z.strictObject({
  mechanism: z.enum(['SCRAM-SHA-512', 'SCRAM-SHA-256']),
  username: text,
  password: secret,
});

const oauthBearer = z.strictObject({
  mechanism: z.literal('OAUTHBEARER'),
  token_url: z
    .string()
    .refine((url) => isTrustedUrl(url, { query: true }), 'must be an https URL (http on loopback only)'),
  client_id: text,
  client_secret: secret,
  scope: text.optional(),
});

const sasl = z.discriminatedUnion('mechanism', [scram, oauthBearer], {
  error: 'SCRAM-SHA-512, SCRAM-SHA-256 or OAUTHBEARER',
});

export const kafkaSchema = z.strictObject({
  client: z.enum(kafkaClients).default('kafkajs'),
  brokers: z.array(broker).min(1),
  client_id: identifier.default('countersign'),
  topic_prefix: identifier.default('countersign'),
  partitions: z.int().min(1).max(1000).default(defaultPartitions),
  retention: z.string().regex(retentionPattern, retentionWords).default('25 months'),
  acknowledge_within: duration.prefault('10s'),
  tls: tls.optional(),
  sasl: sasl.optional(),
});

export type KafkaFile = z.output<typeof kafkaSchema>;
export type SecretFile = z.output<typeof secret>;
