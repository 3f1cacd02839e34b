/** `countersign.yaml`, validated. Sizes in bytes, times in milliseconds, paths absolute (relative ones are to the file's folder). */
export interface Configuration {
  readonly issuers: readonly IssuerConfig[];
  readonly listeners: ListenersConfig;
  readonly limits: {
    readonly requestBytes: number;
    /** Where larger requests wait, and how much of that disk all of them may take in each process. */
    readonly spill: { readonly directory: string; readonly bytes: number };
    /** How much of each body is kept, sealed. */
    readonly payloadBytes: number;
    readonly responseEventBytes: number;
    readonly responseMessageBytes: number;
    readonly decodedBytes: number;
    readonly expansionRatio: number;
    readonly holdsPerSubject: number;
    readonly tokenBytes: number;
  };
  /** Of each process in ten seconds; above them they are counted, not stored one by one. */
  readonly anonymousRefusals: { readonly perSource: number; readonly total: number };
  readonly ledger: {
    readonly directory: string;
    /** With Kafka: how long records are kept that it has; undefined: for ever. */
    readonly keepMs: number | undefined;
    readonly anchor: AnchorConfig | undefined;
  };
  readonly keys: {
    readonly handOff: string;
    readonly digest: string;
    /** The ring: public halves of the keys that payloads are sealed to. */
    readonly payload: string;
    /** Folder of the private halves; need not be there where the services are. */
    readonly private: string;
    /** Of tokens and pseudonyms; the file need not be there as long as no profile makes any. */
    readonly masking: string;
    /** Certifies the keys that sign the checkpoints of ledgers. */
    readonly ledger: string;
  };
  readonly credentials: readonly CredentialConfig[];
  readonly kafka: KafkaConfig | undefined;
  readonly approvals: { readonly store: string; readonly url: string; readonly abandonedMs: number };
  /** Headers that upstreams trust and that callers must therefore never set. */
  readonly identityHeaders: readonly string[];
}

/** `host:port` or `unix:/path`. */
export interface ListenersConfig {
  readonly authz: string;
  readonly proc: readonly string[];
  readonly console: string;
  /** Who may connect to a Unix socket: the user the service runs as, or the socket's group too. */
  readonly socketAccess: SocketAccess;
  /** Of every TCP listener that Envoy calls. */
  readonly tls: ListenerTlsConfig | undefined;
}

export type SocketAccess = 'owner' | 'group';

export interface ListenerTlsConfig {
  readonly certificate: string;
  readonly key: string;
  /** Authorities that may vouch for Envoy's certificate. */
  readonly clientCa: string;
  /** Envoy's own names, one of which its certificate must carry. */
  readonly clientSan: readonly string[];
}

export interface IssuerConfig {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  /** Undefined: from the issuer's discovery document. */
  readonly jwksUri: string | undefined;
  readonly groupsClaim: string;
  /** Insist on `typ: at+jwt` (RFC 9068). Off by default: many providers do not set it. */
  readonly requireAccessTokenType: boolean;
  /** JWKS older than this no longer verify anything. */
  readonly jwksMaxStaleMs: number;
}

/** Where checkpoints are copied to, out of reach of whoever runs this host. */
export interface AnchorConfig {
  readonly directory: string;
  readonly everyMs: number;
  /** An RFC 3161 authority, and the file with the root certificates that may vouch for it. */
  readonly timestamp: { readonly url: string; readonly ca: string } | undefined;
}

/** A key of the gateway for an upstream; the value is read from `file`, never from the configuration itself. */
export interface CredentialConfig {
  readonly name: string;
  readonly header: string;
  readonly prefix: string;
  readonly file: string;
}

/**
 * Of a ledger that has no Kafka yet, too: a record's partition is fixed when it is written, so with another number the records
 * of before would have no partition to go to.
 */
export const defaultPartitions = 6;

/** Libraries that can speak to a cluster; the first one unless the file says otherwise. */
export const kafkaClients = ['kafkajs', 'platformatic'] as const;
export type KafkaClientName = (typeof kafkaClients)[number];

export interface KafkaConfig {
  readonly client: KafkaClientName;
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly topicPrefix: string;
  readonly partitions: number;
  /** How long topics have to keep records. */
  readonly retentionMs: number;
  /** How long a call waits for a broker that it needs (`record.durability: broker`). */
  readonly acknowledgeWithinMs: number;
  /** Undefined: in clear. */
  readonly tls: KafkaTlsConfig | undefined;
  readonly sasl: KafkaSaslConfig | undefined;
}

/** Files in PEM. */
export interface KafkaTlsConfig {
  /** Authorities that may vouch for a broker. Undefined: those of the system. */
  readonly ca: string | undefined;
  /** What we present. Undefined: nothing. */
  readonly identity: { readonly certificate: string; readonly key: string } | undefined;
}

export type KafkaSaslConfig =
  | {
      readonly mechanism: 'SCRAM-SHA-512' | 'SCRAM-SHA-256';
      readonly username: string;
      readonly password: SecretPlace;
    }
  | {
      readonly mechanism: 'OAUTHBEARER';
      /** Gives tokens for client credentials (RFC 6749 §4.4). */
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: SecretPlace;
      readonly scope: string | undefined;
    };

/** Where a secret is read from when it is needed; it never stands in the configuration. */
export type SecretPlace = { readonly file: string } | { readonly env: string };

/** One thing wrong in a file a person wrote. Line and column count from 1. */
export interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}
