/** Sessions of the ledgers, on their way to be joined. */
import { ulidTimeMs } from '@countersign/core/ledger/ledger-id.ts';
import {
  LedgerSessions,
  reconciledTypes,
  type SessionSeen,
} from '@countersign/core/ledger/reconcile/ledger-sessions.ts';
import type { LedgerSource, ReplicaSource } from '../sqlite/ledger-sources.ts';
import { prunedUntil } from '../sqlite/pruned-until.ts';
import type { Reconciliation } from '../sqlite/reconciliation.ts';

export interface ReadLedger {
  readonly id: string;
  /** Its sessions may still end. */
  readonly isWriting: boolean;
  /** What ended before this may have been pruned; undefined: nothing was. */
  readonly prunedUntilMs: number | undefined;
}

/** Why nothing can be reconciled. */
export class ReconcileError extends Error {}

const progressEvery = 4096;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @returns by the numbers that their sessions were stored with; @throws ReconcileError */
export function readLedgers(
  replicas: readonly ReplicaSource[],
  store: Reconciliation,
  onProgress: (records: number) => void,
): readonly ReadLedger[] {
  const read: ReadLedger[] = [];
  let records = 0;
  const onRecord = (): void => {
    if (++records % progressEvery === 0) onProgress(records);
  };
  for (const replica of replicas) {
    const isWriting = replica.isWriting() === true; // asked first: what ends meanwhile has its end
    const ledgers = replica.ledgers();
    for (const [index, source] of ledgers.entries()) {
      const prunedUntilMs = prunedUntil(source, ledgers[index + 1]);
      const isLast = index === ledgers.length - 1;
      const number = read.push({ id: source.id, isWriting: isWriting && isLast, prunedUntilMs }) - 1;
      readLedger(source, { number, prunedUntilMs }, store, onRecord);
    }
  }
  if (read.length === 0) throw new ReconcileError('there is no ledger');
  return read;
}

function readLedger(
  source: LedgerSource,
  { number, prunedUntilMs = -Infinity }: { readonly number: number; readonly prunedUntilMs: number | undefined },
  store: Reconciliation,
  onRecord: () => void,
): void {
  // Of a call that was under way then only the end is left.
  const began = (seen: SessionSeen): boolean => seen.opened || ulidTimeMs(seen.session) < prunedUntilMs;
  const sessions = new LedgerSessions(number, {
    session: (seen) => store.addSession({ ...seen, opened: began(seen) }),
    counted: (refusals) => store.addCounted(refusals),
  });
  const opened = source.open();
  try {
    for (const value of opened.ofTypes(reconciledTypes)) {
      if (!sessions.see(parsed(value))) throw unreadable(source);
      onRecord();
    }
    sessions.end();
  } finally {
    opened.close();
  }
}

function parsed(value: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(value));
  } catch {
    return undefined;
  }
}

const unreadable = ({ file }: LedgerSource): ReconcileError =>
  new ReconcileError(`${file} has a record that cannot be read: \`countersign ledger verify\` says which`);
