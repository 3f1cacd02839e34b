import { joined, toHex } from '../bytes.ts';
import type { BodyMasker, MaskSummary } from '../masking/masker.ts';
import type { MaskProfile, Policy, ReadApi } from '../policy/policy.ts';
import type { Timers } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import { copyCapBytes } from './payload-copy.ts';
import type { ExchangePorts } from './ports.ts';
import type { Session } from './session.ts';
import { refused, type Stop } from './stop.ts';

/** A request as it goes to the model and to the record, under the policy of this moment. */
export interface MaskedRequest {
  readonly body: Uint8Array;
  /** Masked with the copy profile, whatever the traffic's is. undefined: no copy is kept. */
  readonly copy: Uint8Array | undefined;
}

/**
 * Masks what goes upstream, if the endpoint says so, and the recorded copy, if there is one. Each byte is masked once where both
 * have the same profile; where neither traffic is masked nor a copy kept, nothing is looked for, and the record says so.
 */
export async function maskRequest(
  bytes: Uint8Array,
  session: Session,
  on: ExchangePorts,
): Promise<Result<MaskedRequest, Stop>> {
  const { endpoint, request } = session;
  if (!(endpoint && request)) return err(refused('ERR_INTERNAL', 'request_without_endpoint'));
  if (request.digest !== undefined) request.forwardedDigest = request.digest;
  session.masking.request = nothingLookedFor;
  const { api } = endpoint;
  if (api === 'opaque') return ok({ body: bytes, copy: undefined });
  const profile = profileOf(endpoint.mask.request, on.policy());
  if (profile === 'unknown') return err(refused('ERR_INTERNAL', 'mask_profile_unknown'));
  const keepsCopy = endpoint.record.payload === 'sealed';
  if (profile === undefined) {
    const copy = keepsCopy ? maskHead(bytes, copiedBytes, api, on) : undefined;
    if (copy !== undefined) session.masking.request = copy.summary;
    return ok({ body: bytes, copy: copy?.bytes });
  }
  const masked = await maskWhole(on.masking.requestMasker(api, profile), bytes, on.timers);
  if (masked.failure !== undefined) return err(refused('ERR_BODY_UNREADABLE', masked.failure));
  session.masking.request = masked.summary;
  request.forwardedDigest = toHex(on.digest.digest(masked.bytes));
  if (!keepsCopy) return ok({ body: masked.bytes, copy: undefined });
  const copy =
    profile.name === on.copyProfile.name
      ? masked.bytes.subarray(0, copiedBytes)
      : maskHead(bytes, copiedBytes, api, on).bytes;
  return ok({ body: masked.bytes, copy });
}

const nothingLookedFor: MaskSummary = { counts: {}, faults: [] };

/** undefined: `none`, traffic stays as it is. */
export function profileOf(name: string, policy: Policy): MaskProfile | undefined | 'unknown' {
  return name === 'none' ? undefined : (policy.profile(name) ?? 'unknown');
}

const previewBytes = 16 * 1024;
const previewCharacters = 4_096;
const text = new TextDecoder();

/** What people see who are asked to approve: the beginning, masked. */
export function previewOf(
  bytes: Uint8Array,
  session: Session,
  on: ExchangePorts,
): { readonly text: string; readonly truncated: boolean } {
  const api = session.endpoint?.api ?? 'opaque';
  if (api === 'opaque')
    return { text: `(${bytes.length} bytes of an opaque endpoint: nothing of them is shown)`, truncated: false };
  const masked = text.decode(maskHead(bytes, previewBytes, api, on).bytes);
  return {
    text: masked.slice(0, previewCharacters),
    truncated: masked.length > previewCharacters || bytes.length > previewBytes,
  };
}

/** Of a long body only the beginning; a value that the cut goes through is held back, not shown. */
function maskHead(
  bytes: Uint8Array,
  maxBytes: number,
  api: ReadApi,
  on: ExchangePorts,
): { readonly bytes: Uint8Array; readonly summary: MaskSummary } {
  const masker = on.masking.requestMasker(api, on.copyProfile);
  const whole = bytes.length <= maxBytes;
  const head = masker.push(whole ? bytes : bytes.subarray(0, maxBytes)).slice();
  const tail = whole ? masker.end() : new Uint8Array(0);
  return { bytes: joined([head, tail]), summary: masker.summary() };
}

/** More than a copy keeps, so that `truncated` is known. */
const copiedBytes = copyCapBytes + 8 * 1024;
/** Masked in one go; 8 MiB at once would hold up every other exchange of this process. */
const pieceBytes = 16 * 1024;

interface Masked {
  readonly bytes: Uint8Array;
  readonly summary: MaskSummary;
  readonly failure: string | undefined;
}

async function maskWhole(masker: BodyMasker, bytes: Uint8Array, timers: Timers): Promise<Masked> {
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    if (offset > 0) await timers.turn();
    // The result may alias memory the masker uses again.
    parts.push(masker.push(bytes.subarray(offset, offset + pieceBytes)).slice());
  }
  parts.push(masker.end());
  return { bytes: joined(parts), summary: masker.summary(), failure: masker.failure() };
}
