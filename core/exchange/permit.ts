import { unreadFacts } from '../body/facts.ts';
import type { BodyFacts, Decision } from '../policy/policy.ts';
import { err, type Result } from '../result.ts';
import { route } from './admit.ts';
import { identityFacts } from './authorize.ts';
import type { CollectedRequest } from './collect-request.ts';
import { type Forwardable, prepare, upstreamHeaders } from './forward.ts';
import { awaitApproval } from './hold.ts';
import type { Exchange, HeaderChanges, InboundHeaders } from './message.ts';
import { endPhase } from './phases.ts';
import type { ExchangePorts } from './ports.ts';
import { previewOf } from './preview.ts';
import type { Session } from './session.ts';
import { type Refused, refused, type Stop } from './stop.ts';

/**
 * The decision that counts, over all rules and the body; a hold waits here until people have decided. What comes back is ready
 * to go upstream: it is made before an approval is used up, so that nothing but the record can fail afterwards.
 */
export async function permit(
  first: InboundHeaders,
  collected: CollectedRequest,
  session: Session,
  exchange: Exchange,
  on: ExchangePorts,
): Promise<Result<Forwardable, Stop>> {
  // Reloads come also while a long request is sent: its endpoint's masks and credential are those of the policy that decides.
  if (!isSameEndpoint(session, on)) return err(refused('ERR_POLICY_DENIED', 'endpoint_changed'));
  const decision = decide(session, on);
  if (decision === undefined) return err(refused('ERR_INTERNAL', 'decision_without_facts'));
  session.decision = decision;
  session.decidedAtMs = on.clock.now();
  if (decision.effect === 'deny') return err(denied(decision));
  if (decision.effect === 'allow') return prepare(first, collected, session, on);
  const preview = await previewOf(collected.body, session, on);
  if (!preview.ok) return preview;
  endPhase('decide', session, on);
  return awaitApproval(
    {
      session,
      decision,
      decideAgain: () => decideAgain(session, decision, on),
      prepare: () => prepare(first, collected, session, on),
      headers: first.headers,
      preview: preview.value,
    },
    exchange,
    on,
  );
}

/** The same for a request that streams: nothing of its body is known, and no rule for it asks. */
export function permitUnread(first: InboundHeaders, session: Session, on: ExchangePorts): Result<HeaderChanges, Stop> {
  const { handOff, target, facts } = session;
  if (!(handOff?.principal && target && facts)) return err(refused('ERR_INTERNAL', 'decision_without_facts'));
  const decision = on.policy().evaluate(identityFacts(handOff.principal), target, facts, unreadFacts(0));
  session.decision = decision;
  session.decidedAtMs = on.clock.now();
  if (decision.effect === 'deny') return err(denied(decision));
  // An endpoint that has a rule that holds does not stream.
  if (decision.effect === 'hold') return err(refused('ERR_INTERNAL', 'hold_of_a_stream'));
  return upstreamHeaders(first, session, on);
}

/**
 * The same for one message of a stream, under the policy of its moment. A stream cannot wait for people: what they approve is one
 * request, whole.
 */
export function permitMessage(body: BodyFacts, session: Session, on: ExchangePorts): Refused | undefined {
  if (!isSameEndpoint(session, on)) return refused('ERR_POLICY_DENIED', 'endpoint_changed');
  const { handOff, target, facts } = session;
  if (!(handOff?.principal && target && facts)) return refused('ERR_INTERNAL', 'decision_without_facts');
  const decision = on.policy().evaluate(identityFacts(handOff.principal), target, facts, body);
  session.decision = decision;
  session.decidedAtMs ??= on.clock.now();
  if (decision.effect === 'deny') return denied(decision);
  return decision.effect === 'hold'
    ? refused('ERR_POLICY_DENIED', 'hold_of_a_stream', { detail: notStreamed })
    : undefined;
}

const notStreamed =
  'This needs an approval, which a message of a stream cannot wait for: send it as a call of its own.';

function denied(decision: Decision): Refused {
  return refused(
    'ERR_POLICY_DENIED',
    decision.reason,
    decision.because === undefined ? {} : { detail: decision.because },
  );
}

function decide(session: Session, on: ExchangePorts): Decision | undefined {
  const { handOff, target, facts, request } = session;
  if (!(handOff?.principal && target && facts && request?.facts)) return undefined;
  return on.policy().evaluate(identityFacts(handOff.principal), target, facts, request.facts);
}

/**
 * After a hold: the rules as they are now, over what was read before. An endpoint that has become another one was not what
 * people were shown, and what cannot be decided any more is denied.
 */
function decideAgain(session: Session, before: Decision, on: ExchangePorts): Decision {
  const now = isSameEndpoint(session, on) ? decide(session, on) : undefined;
  const { approval: _, ...rest } = before;
  session.decision = now ?? { ...rest, effect: 'deny', reason: 'endpoint_changed', revision: on.policy().revision };
  return session.decision;
}

/** After a reload: whether the call still leads to what it led to when it began. Its endpoint is then the new policy's. */
function isSameEndpoint(session: Session, on: ExchangePorts): boolean {
  if (session.routedBy === on.policy()) return true;
  const before = JSON.stringify(session.facts);
  return route(session, on).ok && JSON.stringify(session.facts) === before;
}
