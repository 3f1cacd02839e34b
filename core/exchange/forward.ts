import { forwardedType } from '../body/forwarded-type.ts';
import type { RecordDraft } from '../ledger/record.ts';
import { err, ok, type Result } from '../result.ts';
import { acceptable } from './accept-encoding.ts';
import type { CollectedRequest } from './collect-request.ts';
import { approvalConsumed } from './hold-records.ts';
import type { Keep } from './keep.ts';
import { type MaskedRequest, maskRequest } from './mask-request.ts';
import { type Exchange, type HeaderChanges, type HeaderList, headerOf, type InboundHeaders } from './message.ts';
import { sessionOpened } from './opening-records.ts';
import type { ExchangePorts } from './ports.ts';
import { recordFirst } from './record.ts';
import { sealRequest } from './seal-request.ts';
import { sendBody } from './send-body.ts';
import type { Session } from './session.ts';
import { type Refused, refused, type Stop } from './stop.ts';

/** What goes upstream, ready: nothing about it can fail any more except the record. */
export interface Forwardable extends MaskedRequest {
  readonly changes: HeaderChanges;
}

/** Masks the request as the endpoint says and readies its headers. */
export async function prepare(
  first: InboundHeaders,
  collected: CollectedRequest,
  session: Session,
  on: ExchangePorts,
): Promise<Result<Forwardable, Stop>> {
  const masked = await maskRequest(collected, session, on);
  if (!masked.ok) return masked;
  const headers = upstreamHeaders(first, session, on);
  if (!headers.ok) return headers;
  const { set, remove } = headers.value;
  // Collected whole, so its length is known; the caller's own may speak of a coding that is gone.
  const length: HeaderList =
    collected.endedByHeaders || session.grpc !== undefined
      ? []
      : [['content-length', String(masked.value.body.length)]];
  const stale = session.grpc === undefined ? [] : ['content-length'];
  return ok({ changes: { set: [...set, ...length], remove: [...remove, ...stale] }, ...masked.value });
}

/** What the model is told besides what the caller said, and what it is not told. */
export function upstreamHeaders(
  first: InboundHeaders,
  session: Session,
  on: ExchangePorts,
): Result<HeaderChanges, Refused> {
  const credentialName = session.endpoint?.upstream.credential;
  const credential = credentialName === undefined ? undefined : on.credential(credentialName);
  if (credentialName !== undefined && credential === undefined) {
    return err(refused('ERR_INTERNAL', 'upstream_credential_unreadable'));
  }
  const body = session.endpoint?.api === 'opaque' ? unread : read(first, session, on);
  const own: HeaderList = credential === undefined ? [] : [[credential.header, credential.value]];
  return ok({
    set: [['x-countersign-session', session.id], ...body.set, ...own],
    // A caller's token is for us; the upstream gets its own key or nothing.
    remove: ['authorization', ...body.remove].filter((name) => name !== credential?.header),
  });
}

/** The bytes are the caller's own, both ways: ranges, codings, digests and validators mean what they say. */
const unread: HeaderChanges = { set: [], remove: [] };

function read(first: InboundHeaders, session: Session, on: ExchangePorts): HeaderChanges {
  const set: [string, string][] = [
    ['accept-encoding', acceptable(headerOf(first.headers, 'accept-encoding'), on.codec)],
  ];
  const type = first.end ? undefined : typeFor(session, headerOf(first.headers, 'content-type') ?? '');
  if (type !== undefined) set.push(['content-type', type]);
  // Each message of the answer would have to be inflated here, to go on as it is.
  if (session.grpc !== undefined) set.push(['grpc-accept-encoding', 'identity']);
  const method = headerOf(first.headers, ':method');
  // No ETag of an answer whose bytes may change leaves us, so one that a caller has is of bytes that we did not send.
  const validator = method === 'GET' || method === 'HEAD' ? ['if-none-match'] : [];
  return { set, remove: [...ofOtherBytes, ...validator] };
}

/** undefined: as the caller said. Binary tensors stand behind their JSON, which makes the whole no JSON. */
function typeFor({ endpoint, grpc, request }: Session, contentType: string): string | undefined {
  if (endpoint === undefined || endpoint.api === 'opaque' || grpc !== undefined) return undefined;
  return request?.jsonBytes === undefined ? forwardedType(endpoint.api, contentType) : 'application/octet-stream';
}

/** What speaks of the body as it was sent, and what asks for a part of an answer. */
const ofOtherBytes = [
  'content-encoding',
  'grpc-encoding',
  'range',
  'if-range',
  'content-digest',
  'repr-digest',
  'digest',
  'content-md5',
];

/** `session.opened` of a request that streams: its digest is not known yet, but that it begins is durable before it does. */
export async function openStreamed(session: Session, on: ExchangePorts): Promise<Result<void, Refused>> {
  session.masking.request = { counts: {}, faults: [] };
  return append([], session, on);
}

/** `session.opened`, with what is kept and the spent approval, durable in one piece before anything goes upstream. */
export async function open(
  { body, kept }: Forwardable,
  keep: Keep | undefined,
  session: Session,
  on: ExchangePorts,
): Promise<Result<void, Stop>> {
  if (kept === undefined) return append([], session, on);
  if (!(keep && session.request)) return err(refused('ERR_INTERNAL', 'payload_without_key'));
  const parts = await sealRequest(body, kept, keep.sealer, session.id, on);
  if (!parts.ok) return parts;
  session.request.copy = parts.value.seen;
  return append(parts.value.drafts, session, on);
}

async function append(
  before: readonly RecordDraft[],
  session: Session,
  on: ExchangePorts,
): Promise<Result<void, Refused>> {
  const drafts = [...before];
  const now = on.clock.now();
  if (session.approval?.state === 'consumed') drafts.push(approvalConsumed(session, session.approval, now));
  drafts.push(sessionOpened(session, now));
  const recorded = await recordFirst(drafts, session, on);
  // On disk it is, also when no broker has it: what ends then ends a session that was opened.
  session.opened = session.recordedTo !== undefined;
  if (!recorded.ok) return recorded;
  session.forwardedAtMs = on.clock.now();
  return ok(undefined);
}

/** Releases the request: headers, body part by part as Envoy takes it, and its end as it came. */
export async function forward(
  collected: CollectedRequest,
  { changes, body }: Forwardable,
  exchange: Exchange,
): Promise<Result<void, Stop>> {
  const { endedByHeaders, trailers } = collected;
  await exchange.send({ kind: 'request_headers', end: endedByHeaders, ...changes });
  if (endedByHeaders) return ok(undefined);
  for (let index = 0; index < body.parts; index++) {
    const part = await body.part(index);
    if (!part.ok) return part;
    const last = index === body.parts - 1 && trailers === undefined;
    await sendBody(exchange, part.value, last, 'request_body');
  }
  // Nothing reads what callers put into trailers, so nothing of it is passed: an identity header there would be believed.
  if (trailers !== undefined) await exchange.send({ kind: 'request_trailers', set: [], remove: trailers });
  return ok(undefined);
}
