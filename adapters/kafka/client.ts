/** What the sink needs of a library that speaks Kafka. The rest of this folder knows no library; each has one file that does. */
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import type { SinkMessage } from './message.ts';
import type { Security } from './security.ts';

/**
 * One client of a cluster: one caller, one request at a time, and thrown away after anything odd. What fails is an exception, in
 * the words of the library or the broker; `explain` knows them.
 */
export interface KafkaClient {
  /** Before the first send: what the topics are like, and making those that are missing. */
  inspect<T>(look: (topics: TopicAdmin) => Promise<T>): Promise<T>;
  /** From here on it can send. */
  connect(): Promise<void>;
  /**
   * All messages are for one partition, which each of them names. Acknowledged by all copies that are in sync, or an exception.
   * @returns what the answer says of each partition it names: not believed without a look, see `verifyAnswer`
   */
  send(topic: string, messages: readonly SinkMessage[]): Promise<readonly PartitionAnswer[]>;
  /** Ends every socket at once. Never waits, never throws. */
  discard(): void;
}

export interface TopicAdmin {
  /** Throws where there is no such topic. */
  shapeOf(topic: string): Promise<TopicShape>;
  /** How many brokers the cluster has now. */
  countBrokers(): Promise<number>;
  /** Done, too, when somebody else has just made it. */
  create(topic: NewTopic): Promise<void>;
  /** Of one topic; what the broker does not tell is left out. */
  settings(topic: string, names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** What a topic is made of now. */
export interface TopicShape {
  readonly width: number;
  /** Of its partition that has the fewest. */
  readonly copies: number;
}

export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly copies: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  /** 0: written. */
  readonly errorCode: number;
  /** Of the batch's first record, decimal. */
  readonly baseOffset: string | undefined;
}

/**
 * Makes a client without connecting it. Never throws.
 * @param onLost called when a connection breaks while nobody may be sending; not when we ended it
 */
export type OpenClient = (config: KafkaConfig, security: Security, onLost: () => void) => KafkaClient;
