/** The end of a session as an OCSF event (core/ledger/records/api-activity.ts): what goes into the places that OCSF has. */
import { type Refusal, statusOf } from '../error-codes.ts';
import type { Principal } from '../identity/principal.ts';
import { ocsfMethods, ocsfProfiles, ocsfVersion, type SessionEnd } from '../ledger/records/api-activity.ts';
import type { EndpointFacts } from '../policy/policy.ts';
import type { Source } from './hand-off.ts';
import { type HeaderList, headerOf } from './message.ts';
import type { ResponseSeen } from './session.ts';

export interface SessionOutcome {
  readonly outcome: 'completed' | 'denied' | 'pending' | 'aborted';
  readonly refusal?: Refusal;
  readonly reason?: string;
}

/** Text that a caller chose, as it may stand in a record. */
export type Redact = (text: string) => string;

/** What is known of a call at its end. */
export interface Told {
  readonly session: string;
  readonly nowMs: number;
  readonly startedAtMs?: number | undefined;
  readonly outcome: SessionOutcome;
  /** The model may have seen the request. */
  readonly opened: boolean;
  /** A value was hidden in what went on. */
  readonly modified: boolean;
  readonly principal: Principal | undefined;
  readonly source: Source | undefined;
  readonly line: { readonly method?: string | undefined; readonly path?: string | undefined };
  readonly host: string | undefined;
  readonly headers: HeaderList;
  readonly receivedBytes: number | undefined;
  readonly endpoint: string | undefined;
  readonly facts: EndpointFacts | undefined;
  readonly rule: string | undefined;
  readonly revision: string | undefined;
  readonly response: ResponseSeen | undefined;
  readonly unmapped: SessionEnd['unmapped'];
}

/** Members stand in the order of canonical JSON: what is sorted already need not be sorted again. */
export function activityOf(told: Told, redact: Redact): SessionEnd {
  const { outcome, response, revision, facts, endpoint } = told;
  const { refusal } = outcome;
  const line = { method: told.line.method && redact(told.line.method), path: told.line.path && redact(told.line.path) };
  return {
    action_id: actionOf(told),
    activity_id: 99,
    activity_name: 'Invoke',
    actor: told.principal === undefined ? anonymous : actorOf(told.principal),
    ai_model: facts && modelOf(facts, redact),
    api: { operation: line.method || 'unknown', service: endpoint === undefined ? undefined : { name: endpoint } },
    category_uid: 6,
    class_uid: 6003,
    disposition_id: dispositions[outcome.outcome],
    http_request: line.method === undefined ? undefined : requestOf(told, line, redact),
    http_response: response ? responseOf(response, redact) : refusal && { code: statusOf(refusal) },
    message_context: response?.usage && endpoint !== undefined ? usageOf(response.usage, endpoint) : undefined,
    metadata: { correlation_uid: told.session, product, profiles: ocsfProfiles, version: ocsfVersion },
    policy: revision === undefined ? undefined : { name: told.rule, uid: revision },
    severity_id: refusal?.code === 'ERR_INTERNAL' ? 4 : severities[outcome.outcome],
    src_endpoint: told.source ?? unknownSource,
    start_time: told.startedAtMs,
    status_code: refusal?.code,
    status_detail: outcome.reason ?? refusal?.reason,
    status_id: statuses[outcome.outcome],
    time: told.nowMs,
    trace: traceOf(told.headers),
    type_uid: 600399,
    unmapped: told.unmapped,
  };
}

export const anonymous = { user: { name: 'anonymous' } } as const;
export const unknownSource = { name: 'unknown' } as const;
export const product = { name: 'Countersign', vendor_name: 'Countersign' } as const;

const dispositions = { completed: 1, denied: 2, pending: 14, aborted: 27 } as const;
const severities = { completed: 1, denied: 2, pending: 1, aborted: 2 } as const;
const statuses = { completed: 1, denied: 2, pending: 99, aborted: 2 } as const;

/** Allowed, denied, or allowed and altered on its way. */
function actionOf({ outcome, opened, modified }: Told): 1 | 2 | 4 {
  if (outcome.outcome !== 'completed' && !opened) return 2;
  return modified ? 4 : 1;
}

function actorOf(principal: Principal): SessionEnd['actor'] {
  return {
    app_uid: principal.client,
    session: { issuer: principal.issuer, uid: principal.tokenId },
    user: { groups: principal.groups.map((name) => ({ name })), uid: principal.subject },
  };
}

/** The name can be a piece of the path, which the caller chose. */
function modelOf({ api, model: { name, version } }: EndpointFacts, redact: Redact): SessionEnd['ai_model'] {
  return { ai_provider: api, name: redact(name), version: version === '' ? undefined : version };
}

function requestOf(
  { host, headers, receivedBytes }: Told,
  { method, path }: Told['line'],
  redact: Redact,
): SessionEnd['http_request'] {
  const id = headerOf(headers, 'x-request-id');
  return {
    body_length: receivedBytes,
    http_method: methods.get(method ?? ''),
    uid: id === undefined ? undefined : requestId.test(id) ? id : redact(id),
    url: path === undefined ? undefined : { hostname: host && redact(host), path },
  };
}

const methods = new Map<string, (typeof ocsfMethods)[number]>(ocsfMethods.map((method) => [method, method]));

/** As Envoy makes them. What a caller sent instead is text like any other. */
const requestId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function responseOf({ bytes, status, contentType }: ResponseSeen, redact: Redact): SessionEnd['http_response'] {
  return { body_length: bytes, code: status, content_type: redact(contentType) };
}

function usageOf(usage: NonNullable<ResponseSeen['usage']>, endpoint: string): SessionEnd['message_context'] {
  return {
    completion_tokens: usage.completionTokens,
    prompt_tokens: usage.promptTokens,
    service: { name: endpoint },
    total_tokens: usage.totalTokens,
  };
}

/** The trace id of W3C trace context, version 00. */
function traceOf(headers: HeaderList): SessionEnd['trace'] {
  const id = traceparent.exec(headerOf(headers, 'traceparent') ?? '')?.[1];
  return id === undefined ? undefined : { uid: id };
}

const traceparent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
