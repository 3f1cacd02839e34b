import type { RecordDraft } from '../ledger/record.ts';
import { endPhase } from './phases.ts';
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
  // What was cut or refused before it was answered ended in no phase of its own.
  if (session.responding) endPhase('relay', session, on);
  else session.phaseSince = on.clock.monotonic();
  const clock = { nowMs: on.clock.now(), monotonic: on.clock.monotonic() };
  const redact = (text: string): string => on.masking.maskText(text, on.copyProfile(undefined)).text;
  const recorded = await on.ledger.append([...before, sessionEnded(type, session, outcome, clock, redact)]);
  endPhase('record_close', session, on);
  const { endpoint, startedAt } = session;
  const result = recorded.ok ? outcome.outcome : 'unrecorded';
  on.metrics.ended(endpoint?.name ?? '', result, outcome.refusal?.code, (clock.monotonic - startedAt) / 1000);
  if (recorded.ok) session.ended = true;
  return recorded.ok;
}
