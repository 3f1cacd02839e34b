import type { MaskProfile } from '../policy/policy.ts';
import type { Exchange, InboundHeaders } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import { pump } from './pump.ts';
import { ResponseRelay } from './relay-response.ts';
import type { Session } from './session.ts';

/** Lets an answer that Envoy sends by itself pass; the session has its record already. False: it was cut. */
export async function relayUnrecorded(
  first: InboundHeaders,
  session: Session,
  exchange: Exchange,
  traffic: MaskProfile | undefined,
  on: ExchangePorts,
): Promise<boolean> {
  const mode = { kind: 'read', api: 'text', path: '', traffic, keep: undefined } as const;
  const relay = ResponseRelay.open(first, session, mode, on);
  const cut = relay.ok
    ? await pump(first, relay.value, session, exchange, on, () => Promise.resolve(undefined))
    : relay.error.reason;
  if (cut !== undefined) exchange.reset(cut);
  return cut === undefined;
}
