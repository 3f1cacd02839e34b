/**
 * What can go wrong between us and a broker, in words that say what to do. Brokers and kafkajs often name something else than
 * the cause; the tests on a real broker provoke the misleading ones.
 */

/** `retry`: passes by itself. `operator`: someone has to change something; we keep trying, so that nothing else is needed then. */
export const remedies = {
  broker_unreachable: 'retry',
  broker_timeout: 'retry',
  broker_error: 'retry',
  leader_moving: 'retry',
  not_enough_replicas: 'retry',
  unverified_answer: 'retry',
  sender_failed: 'retry',
  token_endpoint_unreachable: 'retry',
  token_refused: 'operator',
  secret_unreadable: 'operator',
  authentication_failed: 'operator',
  certificate_refused: 'operator',
  no_write_permission: 'operator',
  no_read_permission: 'operator',
  topic_missing: 'operator',
  topic_has_too_few_partitions: 'operator',
  topic_creation_refused: 'operator',
  record_too_large: 'operator',
} as const;

export type SinkReason = keyof typeof remedies;

export interface Problem {
  readonly reason: SinkReason;
  /** One sentence for an operator. Names brokers, topics and places in the ledger; never holds a record's content. */
  readonly detail: string;
}

/** A problem on its way through code that is not ours, which knows exceptions only. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.reason);
    this.problem = problem;
  }
}

export function needsOperator(reason: SinkReason): boolean {
  return remedies[reason] === 'operator';
}

interface Rule {
  /** A Kafka error name, an errno code, an error class of kafkajs, or the start of a message. */
  readonly when: RegExp;
  readonly reason: SinkReason;
  readonly say: (subject: string) => string;
}

/** First match wins, so the causes a person can act on come before the general ones. */
const rules: readonly Rule[] = [
  {
    // An idempotent producer without WRITE gets this one, which sounds as if a right on the whole cluster were missing.
    when: /^CLUSTER_AUTHORIZATION_FAILED$/,
    reason: 'no_write_permission',
    say: (subject) =>
      `no WRITE permission on ${subject} (the broker calls it CLUSTER_AUTHORIZATION_FAILED; no right on the cluster is needed)`,
  },
  {
    when: /^TOPIC_AUTHORIZATION_FAILED$/,
    reason: 'no_write_permission',
    say: (subject) => `no WRITE or no DESCRIBE permission on ${subject}`,
  },
  {
    // kafkajs says that there is no coordinator where the group may not be read.
    when: /^(GROUP_AUTHORIZATION_FAILED|KafkaJSGroupCoordinatorNotFound)$/,
    reason: 'no_read_permission',
    say: (subject) => `no READ permission on ${subject}`,
  },
  {
    when: /^(MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE)$/,
    reason: 'record_too_large',
    say: (subject) => `larger than max.message.bytes of ${subject}; raise it on the topic`,
  },
  {
    when: /^(UNSUPPORTED_SASL_MECHANISM|SASL .* mechanism is not supported by the server)$/,
    reason: 'authentication_failed',
    say: () => 'the listener does not offer the mechanism of kafka.sasl',
  },
  {
    when: /^ILLEGAL_SASL_STATE$/,
    reason: 'authentication_failed',
    say: () =>
      'the listener takes no login, or wants one that is not configured: kafka.sasl, and the port of the brokers',
  },
  {
    when: /^(SASL_AUTHENTICATION_FAILED|KafkaJSSASLAuthenticationError)$/,
    reason: 'authentication_failed',
    say: () => 'the broker refused our login: user, password, or no such user for this mechanism',
  },
  {
    when: /^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)$/,
    reason: 'certificate_refused',
    say: () => 'the listener does not speak TLS: another port, or no kafka.tls',
  },
  {
    when: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    reason: 'certificate_refused',
    say: () =>
      'the broker’s certificate is for another name than the one it is reached by (kafka.brokers, advertised.listeners)',
  },
  {
    when: /^ERR_SSL_.*_ALERT_.*$/,
    reason: 'certificate_refused',
    say: () => 'the broker wants a certificate of ours that it trusts: kafka.tls.certificate',
  },
  {
    when: /^(ERR_TLS_.*|ERR_SSL_.*|CERT_.*|DEPTH_ZERO_.*|SELF_SIGNED_.*|UNABLE_TO_.*)$/,
    reason: 'certificate_refused',
    say: () => 'the broker’s certificate is not one that kafka.tls.ca vouches for, or it is out of date',
  },
  {
    when: /^UNKNOWN_TOPIC_OR_PARTITION$/,
    reason: 'topic_missing',
    say: (subject) => `${subject} does not exist, or we have no DESCRIBE permission on it`,
  },
  {
    when: /^(POLICY_VIOLATION|INVALID_REPLICATION_FACTOR|INVALID_PARTITIONS|INVALID_CONFIG)$/,
    reason: 'topic_creation_refused',
    say: (subject) => `the cluster does not let us create ${subject} this way; create it by hand`,
  },
  {
    when: /^(NOT_ENOUGH_REPLICAS|NOT_ENOUGH_REPLICAS_AFTER_APPEND)$/,
    reason: 'not_enough_replicas',
    say: (subject) => `fewer in-sync replicas than min.insync.replicas of ${subject}`,
  },
  {
    when: /^(LEADER_NOT_AVAILABLE|NOT_LEADER_FOR_PARTITION|FENCED_LEADER_EPOCH|REPLICA_NOT_AVAILABLE|NOT_CONTROLLER)$/,
    reason: 'leader_moving',
    say: (subject) => `the leader of ${subject} is moving`,
  },
  {
    when: /^(REQUEST_TIMED_OUT|KafkaJSRequestTimeoutError|Connection timeout)/,
    reason: 'broker_timeout',
    say: () => 'no answer in time',
  },
  {
    when: /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/,
    reason: 'broker_unreachable',
    say: () => 'no broker answers at the configured addresses',
  },
  {
    when: /^(ECONNRESET|EPIPE|KafkaJSConnectionClosedError|KafkaJSConnectionError|KafkaJSBrokerNotFound)$/,
    reason: 'broker_unreachable',
    say: () =>
      'the broker closed the connection; if that does not pass, kafka.tls or kafka.sasl is not what its listener expects',
  },
  {
    // kafkajs forgets its last broker when a connection breaks while it asks for metadata, and then trips over that.
    when: /^Cannot read properties of (null|undefined) \(reading '(topicMetadata|connectionPool)'\)$/,
    reason: 'broker_unreachable',
    say: () => 'the connection broke before the cluster could be described',
  },
];

/** An error may wrap itself. */
const maxDepth = 5;

/** What an exception of kafkajs means. `subject` is what we were busy with, such as `topic countersign.events.v1`. */
export function explain(error: unknown, subject: string): Problem {
  const own = ownIn(error);
  if (own !== undefined) return own;
  const signs = signsOf(error);
  for (const rule of rules) {
    const sign = signs.find((each) => rule.when.test(each));
    if (sign !== undefined) return { reason: rule.reason, detail: `${rule.say(subject)} [${sign}]` };
  }
  return { reason: 'broker_error', detail: `${subject}: ${signs.join(', ') || 'unknown error'}` };
}

/** The same of a reader, who lacks another right than a writer does. */
export function explainReading(error: unknown, subject: string): Problem {
  const { reason, detail } = explain(error, subject);
  if (reason !== 'no_write_permission') return { reason, detail };
  return { reason: 'no_read_permission', detail: `no READ permission on ${subject}` };
}

function ownIn(error: unknown, depth = 0): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  return depth < maxDepth && error instanceof Error ? ownIn(error.cause, depth + 1) : undefined;
}

/** Names, codes, types and messages of an error and of everything it wraps, innermost first: the cause lies deepest. */
function signsOf(error: unknown, depth = 0): string[] {
  if (depth > maxDepth || typeof error !== 'object' || error === null) return [];
  const inner = [
    ...('cause' in error ? [error.cause] : []),
    ...('errors' in error && Array.isArray(error.errors) ? error.errors : []),
  ].flatMap((each) => signsOf(each, depth + 1));
  const own = [
    'type' in error ? error.type : undefined,
    'code' in error ? error.code : undefined,
    'name' in error ? error.name : undefined,
    'message' in error ? error.message : undefined,
  ].filter((sign): sign is string => typeof sign === 'string' && sign !== '' && sign !== 'Error');
  return [...new Set([...inner, ...own])];
}
