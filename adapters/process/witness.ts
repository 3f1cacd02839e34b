/** Writes down, once a minute, how far the other replicas had come: ADR 0025. */

import type { NoteKey } from '@countersign/core/ledger/notes/note.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { newHeads, type PeerNotes, type WitnessedHead, witnessedData } from '@countersign/core/ledger/witness.ts';
import type { Clock, Ledger, Timers } from '@countersign/core/ports.ts';
import { ed25519 } from '../keys/ed25519.ts';
import { repeat } from './repeat.ts';
import { systemHash } from './system.ts';

export interface WitnessOptions {
  readonly ledger: Ledger;
  /** Our long-term key: only replicas that it certified are written down. */
  readonly issuer: NoteKey;
  /** Looks at every place where others publish. */
  readonly peers: () => Promise<readonly PeerNotes[]>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: { warn(fields: object, message: string): void };
}

const lookEveryMs = 60_000;

/** The first look is a minute away: replicas start together, and at the start there is nothing to see. @returns stops it */
export function startWitness(options: WitnessOptions): () => Promise<void> {
  const { ledger, issuer, peers, clock, timers, log } = options;
  const seen = new Map<string, number>();

  const record = async (heads: readonly WitnessedHead[]): Promise<void> => {
    const draft = { type: 'ledger.witnessed', time: isoTime(clock.now()), data: witnessedData(heads) } as const;
    const written = await ledger.append([draft]);
    if (written.ok) for (const { ledger: peer, size } of heads) seen.set(peer, size);
  };
  const look = async (): Promise<void> => {
    try {
      const heads = newHeads({ hash: systemHash, signatures: ed25519 }, issuer, await peers(), seen);
      if (heads.length > 0) await record(heads);
    } catch (error) {
      log.warn({ err: error }, 'the checkpoints of other replicas could not be looked at');
    }
  };
  return repeat(timers, lookEveryMs, look);
}
