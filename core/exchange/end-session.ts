import type { RecordDraft } from '../ledger/record.ts';
import type { ExchangePorts } from './ports.ts';
import { type SessionOutcome, sessionEnded } from './records.ts';
import type { Session } from './session.ts';

/** The last word about a session, durable. `before`: parts of its copy that this record counts. False: it is not written. */
export async function endSession(
  type: 'session.closed' | 'session.aborted' | 'session.denied',
  outcome: SessionOutcome,
  session: Session,
  on: ExchangePorts,
  before: readonly RecordDraft[] = [],
): Promise<boolean> {
  const clock = { nowMs: on.clock.now(), monotonic: on.clock.monotonic() };
  const redact = (text: string): string => on.masking.maskText(text, on.copyProfile).text;
  const recorded = await on.ledger.append([...before, sessionEnded(type, session, outcome, clock, redact)]);
  on.metrics.ended(recorded.ok ? outcome.outcome : 'unrecorded', (clock.monotonic - session.startedAt) / 1000);
  if (recorded.ok) session.ended = true;
  return recorded.ok;
}
