import type { RecordDraft } from '../ledger/record.ts';
import { err, ok, type Result } from '../result.ts';
import { acceptable } from './accept-encoding.ts';
import type { CollectedRequest } from './collect-request.ts';
import { approvalConsumed } from './hold-records.ts';
import { type Exchange, type HeaderChanges, headerOf, type InboundHeaders } from './message.ts';
import { PayloadCopy } from './payload-copy.ts';
import type { ExchangePorts } from './ports.ts';
import { maskRequest, type RequestCopy } from './read-request.ts';
import { sessionOpened } from './records.ts';
import { sendBody } from './send-body.ts';
import type { Session } from './session.ts';
import { refused, type Stop } from './stop.ts';

/** What goes upstream, ready: nothing about it can fail any more except the record. */
export interface Forwardable {
  readonly changes: HeaderChanges;
  readonly body: Uint8Array;
}

/** Masks the request as the endpoint says and readies its headers. */
export async function prepare(
  first: InboundHeaders,
  collected: CollectedRequest,
  session: Session,
  on: ExchangePorts,
): Promise<Result<Forwardable, Stop>> {
  const masked = await maskRequest(collected.bytes, session, on);
  if (!masked.ok) return masked;
  const credentialName = session.endpoint?.upstream.credential;
  const credential = credentialName === undefined ? undefined : on.credential(credentialName);
  if (credentialName !== undefined && credential === undefined) {
    return err(refused('ERR_INTERNAL', 'upstream_credential_unreadable'));
  }
  const set: [string, string][] = [
    ['x-countersign-session', session.id],
    ['accept-encoding', acceptable(headerOf(first.headers, 'accept-encoding'), on.codec)],
  ];
  // Collected whole, so its length is known; the caller's own may speak of a coding that is gone.
  if (!collected.endedByHeaders) set.push(['content-length', String(masked.value.length)]);
  // Read as JSON here, so it must not be read as something else there.
  if (!collected.endedByHeaders && session.endpoint?.api !== 'text') set.push(['content-type', 'application/json']);
  // A caller's token is for us; the upstream gets its own key or nothing.
  const remove = ['authorization', 'content-encoding', 'range', 'if-range', 'content-digest', 'digest', 'content-md5'];
  if (credential === undefined) return ok({ changes: { set, remove }, body: masked.value });
  set.push([credential.header, credential.value]);
  return ok({ changes: { set, remove: remove.filter((name) => name !== credential.header) }, body: masked.value });
}

/** `session.opened`, with the masked copy and the spent approval, durable in one piece before anything goes upstream. */
export async function open(copy: RequestCopy, session: Session, on: ExchangePorts): Promise<Result<void, Stop>> {
  const drafts: RecordDraft[] = [];
  if (session.request !== undefined && session.endpoint?.record.payload === 'sealed') {
    const payload = new PayloadCopy(session.id, 'request', on, () => undefined);
    payload.push(copy.bytes);
    const finished = payload.finish();
    drafts.push(...finished.drafts);
    session.request.copy = finished.seen;
  }
  const now = on.clock.now();
  if (session.approval?.state === 'consumed') drafts.push(approvalConsumed(session, session.approval, now));
  drafts.push(sessionOpened(session, now));
  const recorded = await on.ledger.append(drafts);
  if (!recorded.ok) return err(refused('ERR_RECORD_UNAVAILABLE', recorded.error.reason, { retryAfter: 5 }));
  session.opened = true;
  session.forwardedAtMs = on.clock.now();
  return ok(undefined);
}

/** Releases the request: headers, body, and its end as it came. */
export async function forward(
  collected: CollectedRequest,
  forwardable: Forwardable,
  exchange: Exchange,
): Promise<void> {
  const { endedByHeaders, trailers } = collected;
  await exchange.send({ kind: 'request_headers', end: endedByHeaders, ...forwardable.changes });
  if (endedByHeaders) return;
  await sendBody(exchange, forwardable.body, trailers === undefined, 'request_body');
  // Nothing reads what callers put into trailers, so nothing of it is passed: an identity header there would be believed.
  if (trailers !== undefined) await exchange.send({ kind: 'request_trailers', set: [], remove: trailers });
}
