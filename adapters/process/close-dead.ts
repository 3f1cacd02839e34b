/** A replica that died and is not started again has sessions that nobody ends: its peers on this host do. ADR 0025. */
import type { NoteKey } from '@countersign/core/ledger/notes/note.ts';
import type { Ledger, Timers } from '@countersign/core/ports.ts';
import { deadReplicas } from '../sqlite/dead-replicas.ts';
import type { ReplicaPlace } from '../sqlite/ledger-directory.ts';
import { LedgerOpenError } from '../sqlite/ledger-open-error.ts';
import { repeat } from './repeat.ts';

export interface CloseDeadOptions {
  readonly directory: string;
  /** Id of our own ledger. */
  readonly own: string;
  readonly issuer: NoteKey;
  /** Begins the next run of a replica. */
  readonly open: (replica: Pick<ReplicaPlace, 'service' | 'replica'>) => Promise<Pick<Ledger, 'id' | 'close'>>;
  readonly timers: Timers;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

const lookEveryMs = 60_000;
/** Dead at every look for a quarter of an hour: longer than any restart, or than a person needs to start it again. */
const looksUntilDead = 15;

/** @returns stops it; resolves when no ledger of another replica is open here any more */
export function startClosingDead(options: CloseDeadOptions): () => Promise<void> {
  const { directory, own, issuer, timers, log } = options;
  let looks = new Map<string, number>();
  const look = async (): Promise<void> => {
    try {
      const dead = deadReplicas(directory, own, issuer);
      looks = new Map(dead.map((place) => [place.directory, (looks.get(place.directory) ?? 0) + 1]));
      for (const place of dead) {
        if ((looks.get(place.directory) ?? 0) < looksUntilDead) continue;
        looks.delete(place.directory);
        await closeFor(place, options);
      }
    } catch (error) {
      log.warn({ err: error }, 'ledgers of dead replicas could not be looked at');
    }
  };
  return repeat(timers, lookEveryMs, look);
}

/** What its own next run would do: the sessions that were under way are aborted in a ledger that follows. */
async function closeFor({ service, replica }: ReplicaPlace, { own, open, log }: CloseDeadOptions): Promise<void> {
  try {
    const ledger = await open({ service, replica });
    await ledger.close(`dead; closed by ${own}`);
    log.warn({ service, replica, ledger: ledger.id }, 'a replica is dead: its sessions have their end now');
  } catch (error) {
    // It was started again, or another peer was faster.
    if (!(error instanceof LedgerOpenError && error.code === 'ERR_LEDGER_LOCKED')) throw error;
    log.info({ service, replica }, 'a replica that looked dead is not');
  }
}
