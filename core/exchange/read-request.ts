import type { BodyError } from '../body/body-error.ts';
import { readFacts } from '../body/facts.ts';
import { binaryTensorHeader, refuseBinaryTensors } from '../body/open-inference.ts';
import { joined, toHex } from '../bytes.ts';
import type { BodyMasker, MaskSummary } from '../masking/masker.ts';
import type { MaskProfile, Policy } from '../policy/policy.ts';
import { err, ok, type Result } from '../result.ts';
import type { CollectedRequest } from './collect-request.ts';
import { type InboundHeaders, single } from './message.ts';
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
  };
  const tensors = refuseBinaryTensors(single(first.headers, binaryTensorHeader).value);
  if (!tensors.ok) return err(unreadable(tensors.error));
  const read = readFacts(endpoint.api, bytes, target.path);
  if (!read.ok) return err(unreadable(read.error));
  session.request.facts = read.value.facts;
  const named = read.value.facts.model;
  if (named !== '' && named !== facts.model.name) return err(refused('ERR_MODEL_MISMATCH', 'model_of_body_is_another'));
  const copy = maskWhole(on.masking.requestMasker(endpoint.api, on.copyProfile), bytes);
  session.masking.request = copy.summary;
  return ok({ bytes: copy.bytes });
}

const unreadable = (error: BodyError): Stop =>
  refused('ERR_BODY_UNREADABLE', `${error.code.slice('ERR_'.length).toLowerCase()}: ${error.reason}`);

/** What goes upstream: the decoded bytes, masked if the endpoint says so under the policy of this moment. */
export function maskRequest(bytes: Uint8Array, session: Session, on: ExchangePorts): Result<Uint8Array, Stop> {
  const { endpoint, request } = session;
  if (!(endpoint && request)) return err(refused('ERR_INTERNAL', 'request_without_endpoint'));
  const profile = profileOf(endpoint.mask.request, on.policy());
  if (profile === 'unknown') return err(refused('ERR_INTERNAL', 'mask_profile_unknown'));
  request.forwardedDigest = request.digest;
  if (profile === undefined) return ok(bytes);
  const masked = maskWhole(on.masking.requestMasker(endpoint.api, profile), bytes);
  session.masking.request = masked.summary;
  request.forwardedDigest = toHex(on.digest.digest(masked.bytes));
  return ok(masked.bytes);
}

/** undefined: `none`, traffic stays as it is. */
export function profileOf(name: string, policy: Policy): MaskProfile | undefined | 'unknown' {
  return name === 'none' ? undefined : (policy.profile(name) ?? 'unknown');
}

function maskWhole(
  masker: BodyMasker,
  bytes: Uint8Array,
): { readonly bytes: Uint8Array; readonly summary: MaskSummary } {
  // The first result may alias memory the masker uses again.
  const head = masker.push(bytes).slice();
  const tail = masker.end();
  return { bytes: tail.length === 0 ? head : joined([head, tail]), summary: masker.summary() };
}
