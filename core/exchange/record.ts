/** What a session writes, and where it has to be before anything goes on. */
import type { LedgerError, RecordDraft } from '../ledger/record.ts';
import { err, ok, type Result } from '../result.ts';
import type { ExchangePorts } from './ports.ts';
import type { Session } from './session.ts';
import { type Refused, refused } from './stop.ts';

/** On disk when it resolves with ok. */
export async function append(
  drafts: readonly RecordDraft[],
  session: Session,
  on: ExchangePorts,
): Promise<Result<void, LedgerError>> {
  const recorded = await on.ledger.append(drafts);
  if (!recorded.ok) return recorded;
  session.recordedTo = recorded.value.at(-1) ?? session.recordedTo;
  return ok(undefined);
}

/** With `record.durability: broker`, whether a broker has all of it too; waits for it, within bounds. Else it is enough as it is. */
export async function isFarEnough({ endpoint, recordedTo }: Session, on: ExchangePorts): Promise<boolean> {
  if (endpoint?.record.durability !== 'broker') return true;
  return recordedTo !== undefined && (await on.replication.reached(recordedTo));
}

/** Of a call that goes no further, because its record is on disk alone. */
export const unconfirmed = 'broker_unconfirmed';

/** Both, for what has to precede a request. */
export async function recordFirst(
  drafts: readonly RecordDraft[],
  session: Session,
  on: ExchangePorts,
): Promise<Result<void, Refused>> {
  const recorded = await append(drafts, session, on);
  if (!recorded.ok) return err(unrecorded(recorded.error.reason));
  return (await isFarEnough(session, on)) ? ok(undefined) : err(unrecorded(unconfirmed));
}

const unrecorded = (reason: string): Refused => refused('ERR_RECORD_UNAVAILABLE', reason, { retryAfter: 5 });
