import type { Refusal } from '../error-codes.ts';
import type { RecordDraft } from '../ledger/record.ts';
import { unreachable } from '../result.ts';
import { reasonOf } from './collect-request.ts';
import type { Exchange } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import { problemOf } from './problem.ts';
import { sessionEnded } from './records.ts';
import { relayUnrecorded } from './relay-unrecorded.ts';
import type { Session } from './session.ts';
import { type Refused, refused, type Stop } from './stop.ts';

/** Every end but the good one. */
export type Ending =
  | Stop
  /** The response was under way. `drafts`: the last part of its copy. */
  | { readonly kind: 'cut'; readonly reason: string; readonly drafts: readonly RecordDraft[] }
  /** A bug of ours. */
  | { readonly kind: 'failed'; readonly error: unknown };

/** Records how a session ended, durably, then says so to Envoy: an answer of ours while that is possible, else a reset. */
export async function conclude(ending: Ending, session: Session, exchange: Exchange, on: ExchangePorts): Promise<void> {
  switch (ending.kind) {
    case 'refused':
      return refuse(ending, session, exchange, on);
    case 'failed':
      on.metrics.ended('failed', seconds(session, on));
      on.failure(ending.error, session.id);
      return refuse(refused('ERR_INTERNAL', `bug: ${reasonOf(ending.error).toLowerCase()}`), session, exchange, on);
    case 'gone':
    case 'cut':
      await record(
        'session.aborted',
        { outcome: 'aborted', reason: ending.reason },
        session,
        on,
        'drafts' in ending ? ending.drafts : [],
      );
      return exchange.reset(ending.reason);
    case 'overtaken': {
      const why = { outcome: 'aborted', reason: 'answered_by_envoy' };
      if (!(await record('session.aborted', why, session, on))) return exchange.reset('ledger_unavailable');
      if (await relayUnrecorded(ending.message, session, exchange, on)) await leftByEnvoy(exchange);
      return;
    }
    default:
      return unreachable(ending);
  }
}

/** The request was never answered, so OK must not be said: Envoy closes the stream of an answer it made itself. */
async function leftByEnvoy(exchange: Exchange): Promise<void> {
  let message = await exchange.next();
  while (message.kind !== 'gone') message = await exchange.next();
  exchange.reset('answered by Envoy');
}

async function refuse(stop: Refused, session: Session, exchange: Exchange, on: ExchangePorts): Promise<void> {
  // After `session.opened` the model may have seen the request: what ends then is aborted, not denied.
  const type = session.opened ? 'session.aborted' : 'session.denied';
  const outcome = session.opened ? 'aborted' : (stop.outcome ?? 'denied');
  const recorded = await record(type, { outcome, refusal: stop.refusal, reason: stop.refusal.reason }, session, on);
  if (session.responding) return exchange.reset(stop.refusal.reason);
  const refusal: Refusal = recorded
    ? stop.refusal
    : { code: 'ERR_RECORD_UNAVAILABLE', reason: 'ledger_unavailable', retryAfter: 5 };
  const { status, headers, body } = problemOf(refusal, session.id);
  await exchange.send({ kind: 'immediate', status, headers, body, details: refusal.code.toLowerCase() });
  exchange.finish();
}

async function record(
  type: 'session.aborted' | 'session.denied',
  outcome: Parameters<typeof sessionEnded>[2],
  session: Session,
  on: ExchangePorts,
  before: readonly RecordDraft[] = [],
): Promise<boolean> {
  const clock = { nowMs: on.clock.now(), monotonic: on.clock.monotonic() };
  const redact = (text: string): string => on.masking.maskText(text, on.copyProfile).text;
  on.metrics.ended(outcome.outcome, seconds(session, on));
  return (await on.ledger.append([...before, sessionEnded(type, session, outcome, clock, redact)])).ok;
}

const seconds = (session: Session, on: ExchangePorts): number => (on.clock.monotonic() - session.startedAt) / 1000;
