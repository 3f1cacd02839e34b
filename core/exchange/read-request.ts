import type { BodyError } from '../body/body-error.ts';
import { readFacts } from '../body/facts.ts';
import { binaryTensorHeader, refuseBinaryTensors } from '../body/open-inference.ts';
import { toHex } from '../bytes.ts';
import { codeWords } from '../error-codes.ts';
import { err, ok, type Result } from '../result.ts';
import type { CollectedRequest } from './collect-request.ts';
import { type InboundHeaders, single } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import type { Session } from './session.ts';
import { refused, type Stop } from './stop.ts';

/** Facts and digest, of the same bytes, read by the endpoint's api and never by the request's Content-Type. */
export function readRequest(
  first: InboundHeaders,
  collected: CollectedRequest,
  session: Session,
  on: ExchangePorts,
): Result<void, Stop> {
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
  const tensors = refuseBinaryTensors(
    endpoint.api === 'opaque' ? undefined : single(first.headers, binaryTensorHeader).value,
  );
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
  return ok(undefined);
}

const unreadable = (error: BodyError): Stop =>
  refused('ERR_BODY_UNREADABLE', `${codeWords(error.code)}: ${error.reason}`);
