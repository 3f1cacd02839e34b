import type { BodyError } from '../body/body-error.ts';
import { readFacts } from '../body/facts.ts';
import { binaryTensorHeader, refuseBinaryTensors } from '../body/open-inference.ts';
import { joined, toHex } from '../bytes.ts';
import { codeWords } from '../error-codes.ts';
import type { BodyMasker, MaskSummary } from '../masking/masker.ts';
import type { MaskProfile, Policy } from '../policy/policy.ts';
import type { Timers } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import type { CollectedRequest } from './collect-request.ts';
import { type InboundHeaders, single } from './message.ts';
import { copyCapBytes } from './payload-copy.ts';
import type { ExchangePorts } from './ports.ts';
import type { Session } from './session.ts';
import { refused, type Stop } from './stop.ts';

/** The recorded copy of a request: masked with the copy profile whatever the traffic's profile is. */
export interface RequestCopy {
  readonly bytes: Uint8Array;
}

/** Facts, digest and copy, all of the same decoded bytes, read by the endpoint's api and never by its Content-Type. */
export function readRequest(
  first: InboundHeaders,
  collected: CollectedRequest,
  session: Session,
  on: ExchangePorts,
): Result<RequestCopy, Stop> {
  const { endpoint, facts, target } = session;
  if (!(endpoint && facts && target)) return err(refused('ERR_INTERNAL', 'request_without_endpoint'));
  const { bytes } = collected;
  session.request = {
    contentType: collected.contentType,
    coding: collected.coding,
    receivedBytes: collected.receivedBytes,
    bytes: bytes.length,
    digest: toHex(on.digest.digest(bytes)),
    digestKey: on.digest.keyId,
  };
  const tensors = refuseBinaryTensors(single(first.headers, binaryTensorHeader).value);
  if (!tensors.ok) return err(unreadable(tensors.error));
  const read = readFacts(endpoint.api, bytes, target.path);
  if (!read.ok) return err(unreadable(read.error));
  session.request.facts = read.value.facts;
  const named = read.value.facts.model;
  if (named !== '' && named !== facts.model.name) return err(refused('ERR_MODEL_MISMATCH', 'model_of_body_is_another'));
  if (read.value.asksForLogprobs && endpoint.mask.response !== 'none') {
    // They spell the answer token by token, beside the text that is masked.
    const detail = 'Log probabilities are not available here: answers of this endpoint are masked.';
    return err(refused('ERR_BODY_UNREADABLE', 'logprobs_on_a_masked_endpoint', { detail }));
  }
  const copy = maskCopy(on.masking.requestMasker(endpoint.api, on.copyProfile), bytes);
  session.masking.request = copy.summary;
  return ok({ bytes: copy.bytes });
}

const unreadable = (error: BodyError): Stop =>
  refused('ERR_BODY_UNREADABLE', `${codeWords(error.code)}: ${error.reason}`);

/** What goes upstream: the decoded bytes, masked if the endpoint says so under the policy of this moment. */
export async function maskRequest(
  bytes: Uint8Array,
  session: Session,
  on: ExchangePorts,
): Promise<Result<Uint8Array, Stop>> {
  const { endpoint, request } = session;
  if (!(endpoint && request)) return err(refused('ERR_INTERNAL', 'request_without_endpoint'));
  const profile = profileOf(endpoint.mask.request, on.policy());
  if (profile === 'unknown') return err(refused('ERR_INTERNAL', 'mask_profile_unknown'));
  request.forwardedDigest = request.digest;
  if (profile === undefined) return ok(bytes);
  const masked = await maskWhole(on.masking.requestMasker(endpoint.api, profile), bytes, on.timers);
  if (masked.failure !== undefined) return err(refused('ERR_BODY_UNREADABLE', masked.failure));
  session.masking.request = masked.summary;
  request.forwardedDigest = toHex(on.digest.digest(masked.bytes));
  return ok(masked.bytes);
}

/** undefined: `none`, traffic stays as it is. */
export function profileOf(name: string, policy: Policy): MaskProfile | undefined | 'unknown' {
  return name === 'none' ? undefined : (policy.profile(name) ?? 'unknown');
}

/** Of a long body only the beginning is kept, so only that is masked; a value that the cut goes through is held back, not shown. */
function maskCopy(
  masker: BodyMasker,
  bytes: Uint8Array,
): { readonly bytes: Uint8Array; readonly summary: MaskSummary } {
  const whole = bytes.length <= copiedBytes;
  const head = masker.push(whole ? bytes : bytes.subarray(0, copiedBytes)).slice();
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
