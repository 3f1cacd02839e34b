import type { Refusal } from '../error-codes.ts';
import type { RecordDraft } from '../ledger/record.ts';
import { unreachable } from '../result.ts';
import { shapeOf } from './answer-shape.ts';
import { reasonOf } from './decoding.ts';
import { endSession } from './end-session.ts';
import type { Exchange } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import { problemOf } from './problem.ts';
import { relayUnrecorded } from './relay-unrecorded.ts';
import type { Session } from './session.ts';
import { type Refused, refused, type Stop } from './stop.ts';

/** Every end but the good one. */
export type Ending =
  | Stop
  /** The response was under way. `drafts`: parts of its copy that are not durable yet. */
  | { readonly kind: 'cut'; readonly reason: string; readonly drafts: readonly RecordDraft[] }
  /** A bug of ours. */
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Records how a session ended, durably, then says so to Envoy: an answer of ours while that is possible, else a reset. `before`:
 * parts of a streamed request's copy that the record counts.
 */
export async function conclude(
  ending: Ending,
  session: Session,
  exchange: Exchange,
  on: ExchangePorts,
  before: readonly RecordDraft[] = [],
): Promise<void> {
  switch (ending.kind) {
    case 'refused':
      return refuse(ending, session, exchange, on, before);
    case 'failed':
      on.failure(ending.error, session.id);
      // A bug behind the last record: what it says still holds, and nothing more goes out.
      if (session.ended) return exchange.reset('bug');
      return refuse(refused('ERR_INTERNAL', `bug: ${reasonOf(ending.error).toLowerCase()}`), session, exchange, on);
    case 'gone':
      await endSession('session.aborted', { outcome: 'aborted', reason: ending.reason }, session, on, before);
      return exchange.reset(ending.reason);
    case 'cut':
      await endSession('session.aborted', { outcome: 'aborted', reason: ending.reason }, session, on, [
        ...before,
        ...ending.drafts,
      ]);
      return exchange.reset(ending.reason);
    case 'overtaken': {
      const why = { outcome: 'aborted', reason: 'answered_by_envoy' } as const;
      if (!(await endSession('session.aborted', why, session, on, before))) return exchange.reset('ledger_unavailable');
      if (await relayUnrecorded(ending.message, session, exchange, on.copyProfile(undefined), on))
        await leftByEnvoy(exchange);
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

async function refuse(
  stop: Refused,
  session: Session,
  exchange: Exchange,
  on: ExchangePorts,
  before: readonly RecordDraft[] = [],
): Promise<void> {
  const { refusal } = stop;
  // After `session.opened` the model may have seen the request: what ends then is aborted, not denied.
  const recorded = session.opened
    ? await endSession('session.aborted', { outcome: 'aborted', refusal, reason: refusal.reason }, session, on, before)
    : await endSession(
        'session.denied',
        { outcome: stop.outcome ?? 'denied', refusal, reason: refusal.reason },
        session,
        on,
        before,
      );
  if (session.responding) return exchange.reset(refusal.reason);
  await answer(recorded ? refusal : unrecorded, session, exchange);
}

const unrecorded: Refusal = { code: 'ERR_RECORD_UNAVAILABLE', reason: 'ledger_unavailable', retryAfter: 5 };

async function answer(refusal: Refusal, session: Session, exchange: Exchange): Promise<void> {
  const { status, headers, body } = problemOf(refusal, session.id, shapeOf(session.headers, session.endpoint?.api));
  await exchange.send({ kind: 'immediate', status, headers, body, details: refusal.code.toLowerCase() });
  exchange.finish();
}
