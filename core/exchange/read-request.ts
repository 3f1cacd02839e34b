import type { BodyError } from '../body/body-error.ts';
import type { BodyKind } from '../body/body-kind.ts';
import { readFacts, unreadFacts } from '../body/facts.ts';
import { binaryTensorHeader, jsonBytesOf } from '../body/open-inference.ts';
import type { RequestReading } from '../body/request-reading.ts';
import { isGenerate } from '../body/triton-generate.ts';
import { codeWords } from '../error-codes.ts';
import type { Endpoint, EndpointFacts } from '../policy/policy.ts';
import { err, ok, type Result } from '../result.ts';
import type { CollectedRequest } from './collect-request.ts';
import { type InboundHeaders, single } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import { requestKind } from './request-kind.ts';
import type { Session } from './session.ts';
import { type Refused, refused, type Stop } from './stop.ts';
import { withWhole } from './whole-body.ts';

/** Facts, of the bytes that were digested, read by the endpoint's api and never by the request's Content-Type. */
export async function readRequest(
  first: InboundHeaders,
  collected: CollectedRequest,
  session: Session,
  on: ExchangePorts,
): Promise<Result<void, Stop>> {
  const { endpoint, facts, target } = session;
  if (!(endpoint && facts && target)) return err(refused('ERR_INTERNAL', 'request_without_endpoint'));
  const { body } = collected;
  const jsonBytes = jsonBytesIn(first, session);
  if (!jsonBytes.ok) return jsonBytes;
  session.request = {
    ...(jsonBytes.value === undefined ? {} : { jsonBytes: jsonBytes.value }),
    contentType: collected.contentType,
    coding: collected.coding,
    receivedBytes: collected.receivedBytes,
    bytes: body.length,
    digest: body.digest,
    digestKey: on.digest.keyId,
  };
  if (endpoint.api === 'opaque') {
    session.request.facts = unreadFacts(body.length);
    return ok(undefined);
  }
  const kind = requestKind(session, endpoint.api);
  const read = await withWhole(body, on, (bytes) => readIn(kind, bytes));
  if (!read.ok) return read;
  session.request.facts = read.value.facts;
  const misfit = misfitOf(read.value, endpoint, facts);
  return misfit === undefined ? ok(undefined) : err(misfit);
}

/** Where the request says that tensors follow its JSON: how long that is. Elsewhere nobody would read them. */
function jsonBytesIn({ headers }: InboundHeaders, session: Session): Result<number | undefined, Refused> {
  const { value, duplicate } = single(headers, binaryTensorHeader);
  if (duplicate) return err(refused('ERR_REQUEST_HEADERS', 'content_header_repeated'));
  if (value === undefined || session.endpoint?.api === 'opaque') return ok(undefined);
  const jsonBytes = takesBinaryTensors(session) ? jsonBytesOf(value) : undefined;
  return jsonBytes === undefined
    ? err(unreadable({ code: 'ERR_BODY_BINARY_TENSORS', reason: 'header_not_for_this_body' }))
    : ok(jsonBytes);
}

const takesBinaryTensors = ({ endpoint, grpc, target }: Session): boolean =>
  endpoint?.api === 'open-inference-v2' && grpc === undefined && !isGenerate(target?.path ?? '');

/** A request that was read, and is not one for this endpoint. */
export function misfitOf(
  { facts, asksForLogprobs }: RequestReading,
  endpoint: Endpoint,
  { model }: EndpointFacts,
): Refused | undefined {
  if (facts.model !== '' && facts.model !== model.name)
    return refused('ERR_MODEL_MISMATCH', 'model_of_body_is_another');
  if (!asksForLogprobs || endpoint.mask.response === 'none') return undefined;
  // They spell the answer token by token, beside the text that is masked.
  const detail = 'Log probabilities are not available here: answers of this endpoint are masked.';
  return refused('ERR_BODY_UNREADABLE', 'logprobs_on_a_masked_endpoint', { detail });
}

function readIn(kind: BodyKind, bytes: Uint8Array): Result<RequestReading, Stop> {
  const read = readFacts(kind, bytes);
  return read.ok ? read : err(unreadable(read.error));
}

export function unreadable(error: BodyError): Refused {
  const detail = advice.get(error.code);
  const reason = `${codeWords(error.code)}: ${error.reason}`;
  return refused('ERR_BODY_UNREADABLE', reason, detail === undefined ? {} : { detail });
}

/** What a caller can do who did nothing wrong. */
const advice: ReadonlyMap<BodyError['code'], string> = new Map([
  [
    'ERR_BODY_BINARY_TENSORS',
    'The data of a tensor must come in the request, whole: not in shared memory of the server, and behind the JSON only as the binary tensor data extension says.',
  ],
]);
