import type { SpoolRecord } from '@countersign/core/ports.ts';
import type { Problem, SinkReason } from './problem.ts';
import type { TopicDrift } from './topics.ts';

/**
 * connecting: not one connection yet. connected: the last exchange with the cluster was fine. retrying: it was not, which may
 * pass by itself. blocked: it was not, and someone has to change something; tried again all the same. closed: the sink has ended.
 */
export type SinkPhase =
  | { readonly state: 'connecting' | 'connected' | 'closed' }
  | {
      readonly state: 'retrying' | 'blocked';
      readonly reason: SinkReason;
      readonly detail: string;
      /** Failed attempts in a row. */
      readonly attempts: number;
    };

/** Where the newest acknowledged record is. */
export interface Acknowledged {
  readonly ledger: string;
  readonly seq: number;
  readonly topic: string;
  readonly partition: number;
  /** Decimal. */
  readonly offset: string;
}

export type SinkStatus = SinkPhase & {
  readonly backlog: { readonly records: number; readonly oldest: string | undefined };
  /** Records acknowledged since this process started, and the newest of them. */
  readonly acknowledged: { readonly records: number; readonly last: Acknowledged | undefined };
  /** Certificates and checkpoints not yet acknowledged, and what became of the last attempt if it failed. Records go on meanwhile. */
  readonly notes: { readonly waiting: number; readonly trouble: NoteTrouble | undefined };
  readonly drift: readonly TopicDrift[];
};

export type NoteTrouble = Problem & { readonly attempts: number };

export const initialStatus: SinkStatus = {
  state: 'connecting',
  backlog: { records: 0, oldest: undefined },
  acknowledged: { records: 0, last: undefined },
  notes: { waiting: 0, trouble: undefined },
  drift: [],
};

export function lastOf(records: readonly SpoolRecord[], topic: string, baseOffset: string): Acknowledged | undefined {
  const last = records.at(-1);
  if (last === undefined) return undefined;
  // Offsets are 64 bits wide; one batch is written to consecutive ones.
  const offset = String(BigInt(baseOffset) + BigInt(records.length - 1));
  return { ledger: last.ledger, seq: last.seq, topic, partition: last.partition, offset };
}
