import type { Decision } from '../policy/policy.ts';
import { err, ok, type Result } from '../result.ts';
import { route } from './admit.ts';
import { identityFacts } from './authorize.ts';
import { awaitApproval } from './hold.ts';
import type { Exchange, InboundHeaders } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import type { RequestCopy } from './read-request.ts';
import type { Session } from './session.ts';
import { refused, type Stop } from './stop.ts';

const text = new TextDecoder();

/** The decision that counts, over all rules and the body; a hold waits here until people have decided. */
export async function permit(
  first: InboundHeaders,
  copy: RequestCopy,
  session: Session,
  exchange: Exchange,
  on: ExchangePorts,
): Promise<Result<void, Stop>> {
  const decision = decide(session, on);
  if (decision === undefined) return err(refused('ERR_INTERNAL', 'decision_without_facts'));
  session.decision = decision;
  session.decidedAtMs = on.clock.now();
  if (decision.effect === 'deny') return err(denied(decision));
  if (decision.effect === 'allow') return ok(undefined);
  const subject = {
    session,
    decision,
    decideAgain: () => decideAgain(session, decision, on),
    headers: first.headers,
    preview: text.decode(copy.bytes.subarray(0, 8_192)),
  };
  const approved = await awaitApproval(subject, exchange, on);
  return approved.ok ? ok(undefined) : approved;
}

function denied(decision: Decision): Stop {
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

/** After a hold: the endpoint and the rules as they are now. What cannot be decided any more is denied. */
function decideAgain(session: Session, before: Decision, on: ExchangePorts): Decision {
  const now = route(session, on).ok ? decide(session, on) : undefined;
  const { approval: _, ...rest } = before;
  session.decision = now ?? { ...rest, effect: 'deny', reason: 'no_endpoint', revision: on.policy().revision };
  return session.decision;
}
