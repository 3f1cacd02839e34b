import type { BodyKind } from '../body/body-kind.ts';
import { grpcMethodOf } from '../body/protobuf/methods.ts';
import { joined } from '../bytes.ts';
import type { RefusalCode } from '../error-codes.ts';
import { isBlockedBy, replacementsMissing } from '../masking/action.ts';
import type { MaskLimits } from '../masking/engine.ts';
import type { BodyMasker, MaskSummary } from '../masking/masker.ts';
import type { MaskProfile, Policy } from '../policy/policy.ts';
import { err, ok, type Result } from '../result.ts';
import type { CollectedRequest } from './collect-request.ts';
import type { CopyOf } from './payload-copy.ts';
import type { ExchangePorts } from './ports.ts';
import { requestKind } from './request-kind.ts';
import type { Session } from './session.ts';
import { type Refused, refused, type Stop } from './stop.ts';
import { BodyWriter, type StoredBody } from './stored-body.ts';
import { withRoomFor } from './whole-body.ts';

/** A request as it goes to the model and to the record, under the policy of this moment. */
export interface MaskedRequest {
  readonly body: StoredBody;
  /** What is kept of it, sealed. undefined: nothing. */
  readonly kept: KeptRequest | undefined;
}

/** Valid as long as the request that was collected. */
export interface KeptRequest {
  /** Masked with `bank` at least, whatever the traffic's profile is; perhaps only its beginning. */
  readonly masked: StoredBody | Uint8Array;
  readonly received: StoredBody;
  readonly sent: CopyOf['sent'];
}

/**
 * Masks what goes upstream, if the endpoint says so, and the recorded copy, if there is one. Each byte is masked once where both
 * have the same profile; where neither traffic is masked nor a copy kept, nothing is looked for, and the record says so.
 */
export async function maskRequest(
  collected: CollectedRequest,
  session: Session,
  on: ExchangePorts,
): Promise<Result<MaskedRequest, Stop>> {
  const { endpoint, request } = session;
  if (!(endpoint && request)) return err(refused('ERR_INTERNAL', 'request_without_endpoint'));
  const { body } = collected;
  request.forwardedDigest = body.digest;
  session.masking.request = nothingLookedFor;
  const { api } = endpoint;
  if (api === 'opaque') return ok({ body, kept: undefined });
  const profile = profileOf(endpoint.mask.request, on.policy());
  if (profile === 'unknown') return err(refused('ERR_INTERNAL', 'mask_profile_unknown'));
  const keepsCopy = endpoint.record.payload === 'sealed';
  const copyProfile = on.copyProfile(profile);
  const ownCopy = keepsCopy && profile !== copyProfile;
  const kind = requestKind(session, api);
  // A little more than is kept, so that it is known whether the cap cut something.
  const headBytes = on.limits.payloadBytes + 8 * 1024;
  const copy = ownCopy ? await maskHead(body, headBytes, kind, copyProfile, on) : undefined;
  if (copy?.ok === false) return copy;
  if (copy !== undefined) session.masking.request = copy.value.summary;
  const kept = (sent: CopyOf['sent'], masked: KeptRequest['masked'] | undefined): KeptRequest | undefined =>
    masked && { masked, received: body, sent };
  if (profile === undefined) return ok({ body, kept: kept('received', copy?.value.bytes) });
  const masked = await maskWhole(
    body,
    kind,
    on.masking.masker(kind, profile, requestLimits(on)),
    `${session.id}|masked`,
    on,
  );
  if (!masked.ok) return masked;
  collected.keep(masked.value.body);
  session.masking.request = masked.value.summary;
  request.forwardedDigest = masked.value.body.digest;
  if (keepsCopy && !ownCopy) return ok({ body: masked.value.body, kept: kept('masked', masked.value.body) });
  return ok({ body: masked.value.body, kept: kept('own', copy?.value.bytes) });
}

const nothingLookedFor: MaskSummary = { counts: {}, faults: [] };

/** undefined: `none`, traffic stays as it is. */
export function profileOf(name: string, policy: Policy): MaskProfile | undefined | 'unknown' {
  return name === 'none' ? undefined : (policy.profile(name) ?? 'unknown');
}

/** Of a request: what was collected is no longer than that, so no message is. */
export const requestLimits = ({ limits }: ExchangePorts): MaskLimits => ({
  eventBytes: limits.responseEventBytes,
  messageBytes: limits.requestBytes,
});

export interface MaskedHead {
  readonly bytes: Uint8Array;
  readonly summary: MaskSummary;
}

/** Of a long body only the beginning; a value that the cut goes through is held back, not shown. */
export async function maskHead(
  body: StoredBody,
  maxBytes: number,
  kind: BodyKind,
  profile: MaskProfile,
  on: ExchangePorts,
): Promise<Result<MaskedHead, Refused>> {
  // A field rule may look at what comes later.
  const needsWhole = profile.fields.length > 0 && body.length <= on.limits.responseEventBytes;
  if (needsWhole || isFramed(kind)) return maskWholeHead(body, maxBytes, kind, profile, on);
  const masker = on.masking.masker(kind, profile, requestLimits(on));
  const head: Uint8Array[] = [];
  let left = maxBytes;
  for (let index = 0; index < body.parts && left > 0; index++) {
    const part = await body.part(index);
    if (!part.ok) return part;
    if (index > 0) await on.timers.turn();
    head.push(masker.push(part.value.subarray(0, left)).slice());
    left -= part.value.length;
  }
  if (body.length <= maxBytes) head.push(masker.end());
  return ok({ bytes: joined(head), summary: masker.summary() });
}

/** A beginning of a message, or of a document that is judged as a whole, is nothing: all is masked until enough has come out. */
async function maskWholeHead(
  body: StoredBody,
  maxBytes: number,
  kind: BodyKind,
  profile: MaskProfile,
  on: ExchangePorts,
): Promise<Result<MaskedHead, Refused>> {
  const masker = on.masking.masker(kind, profile, requestLimits(on));
  const head: Uint8Array[] = [];
  let length = 0;
  const keep = (masked: Uint8Array): undefined => {
    head.push(masked.slice(0, maxBytes - length));
    length = Math.min(maxBytes, length + masked.length);
  };
  const failure = await withRoomFor(body, on, () => feed(body, masker, on, keep, () => length === maxBytes));
  return failure === undefined ? ok({ bytes: joined(head), summary: masker.summary() }) : err(failure);
}

export const isFramed = ({ api, path, jsonBytes }: BodyKind): boolean =>
  grpcMethodOf(api, path) !== undefined || jsonBytes !== undefined;

const none = new Uint8Array(0);
/** Masked in one go; 8 MiB at once would hold up every other exchange of this process. */
const pieceBytes = 16 * 1024;

export function codeOf(unreadable: string): RefusalCode {
  if (unreadable === replacementsMissing) return 'ERR_INTERNAL';
  return isBlockedBy(unreadable) ? 'ERR_VALUE_BLOCKED' : 'ERR_BODY_UNREADABLE';
}

interface MaskedWhole {
  readonly body: StoredBody;
  readonly summary: MaskSummary;
}

/** To its end before anything of it goes up, so that its length is known, and that an approval is not used up for nothing. */
async function maskWhole(
  body: StoredBody,
  kind: BodyKind,
  masker: BodyMasker,
  owner: string,
  on: ExchangePorts,
): Promise<Result<MaskedWhole, Stop>> {
  const writer = new BodyWriter(Number.POSITIVE_INFINITY, owner, on);
  let stored: Result<StoredBody, Refused> | undefined;
  try {
    const take = (masked: Uint8Array) => writer.push(masked);
    const failure = await withRoomFor(isFramed(kind) ? body : undefined, on, () => feed(body, masker, on, take));
    if (failure !== undefined) return err(failure);
    const unreadable = masker.failure();
    if (unreadable !== undefined) {
      return err(refused(codeOf(unreadable), unreadable));
    }
    stored = await writer.finish();
    return stored.ok ? ok({ body: stored.value, summary: masker.summary() }) : stored;
  } finally {
    if (stored?.ok !== true) writer.release();
  }
}

type Taken = Refused | undefined;

/** Hands a body to its masker, to the end or until `isEnough`, so that other exchanges have their turns in between. */
async function feed(
  body: StoredBody,
  masker: BodyMasker,
  on: ExchangePorts,
  take: (masked: Uint8Array) => Taken | Promise<Taken>,
  isEnough = (): boolean => false,
): Promise<Taken> {
  for (let index = 0; index < body.parts; index++) {
    const part = await body.part(index);
    if (!part.ok) return part.error;
    for (let offset = 0; offset < part.value.length; offset += pieceBytes) {
      if (index + offset > 0) await on.timers.turn();
      let failure = await take(masker.push(part.value.subarray(offset, offset + pieceBytes)));
      while (failure === undefined && masker.isBusy === true) {
        await on.timers.turn();
        failure = await take(masker.push(none));
      }
      if (failure !== undefined || isEnough()) return failure;
    }
  }
  return take(masker.end());
}
