import type { RecordDraft } from '../ledger/record.ts';
import { endPhase } from './phases.ts';
import type { ExchangePorts } from './ports.ts';
import { append } from './record.ts';
import { type SessionOutcome, sessionEnded } from './records.ts';
import type { AnonymousRefusal } from './refusal-counts.ts';
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
  const draft = (countingUntilMs?: number): RecordDraft =>
    sessionEnded(type, session, outcome, { ...clock, countingUntilMs }, redact);
  const recorded =
    type === 'session.denied' && before.length === 0 && session.handOff?.principal === undefined
      ? await on.refusals.record(strangersRefusal(session, outcome, draft))
      : await append([...before, draft()], session, on);
  endPhase('record_close', session, on);
  const { endpoint, startedAt } = session;
  const result = recorded.ok ? outcome.outcome : 'unrecorded';
  on.metrics.ended(endpoint?.name ?? '', result, outcome.refusal?.code, (clock.monotonic - startedAt) / 1000);
  if (recorded.ok) session.ended = true;
  return recorded.ok;
}

/** Nobody was identified, so there may be any number of them. */
function strangersRefusal(
  { id, handOff }: Session,
  { refusal, reason }: SessionOutcome,
  draft: AnonymousRefusal['draft'],
): AnonymousRefusal {
  const words = refusal === undefined ? (reason ?? 'denied') : `${refusal.code} ${refusal.reason}`;
  return { session: id, source: handOff?.source, reason: words, draft };
}
