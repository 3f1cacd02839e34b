import { admit } from './admit.ts';
import { collectRequest } from './collect-request.ts';
import { conclude } from './conclude.ts';
import { forward, open } from './forward.ts';
import { serveLocalReply } from './local-reply.ts';
import type { Exchange, InboundHeaders } from './message.ts';
import { permit } from './permit.ts';
import { countMasked, endPhase } from './phases.ts';
import type { ExchangePorts } from './ports.ts';
import { readRequest } from './read-request.ts';
import { keptBy, respond, responseMode } from './respond.ts';
import type { ResponseMode } from './response-reading.ts';
import type { Session } from './session.ts';
import type { Stop } from './stop.ts';
import { streamExchange } from './stream-exchange.ts';

/** One exchange, first header to last byte. No direction ends before its record is durable. */
export async function serveExchange(exchange: Exchange, on: ExchangePorts): Promise<void> {
  const first = await exchange.next();
  if (first.kind === 'gone') return exchange.reset('gone before it began');
  const session = newSession(on);
  on.metrics.began(session);
  try {
    // Envoy opens a stream of its own for an answer it made before us: a refusal of authz-service, its own 503.
    if (first.kind === 'response_headers') await serveLocalReply(first, session, exchange, on);
    else if (first.kind === 'request_headers') await serveRequest(first, session, exchange, on);
    else exchange.reset('a stream starts with headers');
  } catch (error) {
    await conclude({ kind: 'failed', error }, session, exchange, on);
  } finally {
    on.metrics.left(session);
  }
}

async function serveRequest(
  first: InboundHeaders,
  session: Session,
  exchange: Exchange,
  on: ExchangePorts,
): Promise<void> {
  session.headers = first.headers;
  const stop = (why: Stop): Promise<void> => conclude(why, session, exchange, on);

  const admitted = admit(first, session, on); // missing, forged, stale or mismatched hand-off: refused
  if (!admitted.ok) return stop(admitted.error);
  if (admitted.value.streams) return streamExchange(first, session, exchange, on); // opaque and no rule needs it whole; messages of gRPC
  const collected = await collectRequest(exchange, first, session.id, admitted.value.reads, on); // bounded, decoded once
  if (!collected.ok) return stop(collected.error);
  endPhase('collect', session, on);
  let mode: ResponseMode;
  try {
    const read = await readRequest(first, collected.value, session, on); // facts, of the bytes that were digested
    if (!read.ok) return await stop(read.error);
    const permitted = await permit(first, collected.value, session, exchange, on); // deny wins; hold waits; then masked
    if (!permitted.ok) return await stop(permitted.error);
    endPhase(session.approval === undefined ? 'decide' : 'hold', session, on);
    const answer = responseMode(session, on); // of the policy that decided, whatever is loaded while the model thinks
    if (!answer.ok) return await stop(answer.error);
    mode = answer.value;
    const opened = await open(permitted.value, keptBy(mode), session, on); // durable before the model sees a byte
    if (!opened.ok) return await stop(opened.error);
    endPhase('record_open', session, on);
    countMasked('request', session.masking.request, on);
    const forwarded = await forward(collected.value, permitted.value, exchange); // own credential put in
    if (!forwarded.ok) return await stop(forwarded.error);
    endPhase('forward', session, on);
  } finally {
    collected.value.release();
  }
  await respond(mode, session, exchange, on); // masked as it streams; its end waits for the record
}

function newSession(on: ExchangePorts): Session {
  const startedAt = on.clock.monotonic();
  return {
    id: on.ids.ulid(),
    startedAtMs: on.clock.now(),
    startedAt,
    phaseSince: startedAt,
    headers: [],
    masking: {},
    opened: false,
    ended: false,
    responding: false,
  };
}
