/**
 * What the end of a session says, under one name for each kind of fact: an event of OCSF has them where OCSF wants them
 * (records/api-activity.ts). Tolerant of shapes: what is not there is left out, and what a later version adds in `unmapped` shows.
 */
import type { Json, JsonObject, StoredRecord } from './record.ts';
import { isObject } from './stored-record.ts';
import { isoTime } from './time.ts';

/** identity, endpoint, request, decision, approval, masking, response, refusal, times, outcome, reason. */
export function endFacts({ data }: Pick<StoredRecord, 'data'>): JsonObject {
  const own = objectOf(data['unmapped']);
  // What the next run of a replica writes for a session that was cut off is no event: it has a reason and a place.
  if (data['unmapped'] === undefined) return present({ reason: data['reason'] });
  return present({
    ...own,
    identity: identityOf(data, own),
    endpoint: endpointOf(data, own),
    request: requestOf(data, own),
    decision: decisionOf(data, own),
    response: responseOf(data, own),
    times: timesOf(data, own),
    reason: data['status_detail'],
  });
}

function identityOf(data: JsonObject, own: JsonObject): JsonObject | undefined {
  const user = at(data, 'actor', 'user');
  const subject = at(user, 'uid');
  if (subject === undefined) return undefined;
  const groups = at(user, 'groups');
  return present({
    subject,
    issuer: at(data, 'actor', 'session', 'issuer'),
    groups: Array.isArray(groups) ? groups.flatMap((group: Json) => at(group, 'name') ?? []) : undefined,
    client: at(data, 'actor', 'app_uid'),
    token_id: at(data, 'actor', 'session', 'uid'),
    ...objectOf(own['identity']),
  });
}

function endpointOf(data: JsonObject, own: JsonObject): JsonObject | undefined {
  const name = at(data, 'api', 'service', 'name');
  if (name === undefined) return undefined;
  const model = present({
    name: at(data, 'ai_model', 'name'),
    version: at(data, 'ai_model', 'version'),
    ...objectOf(own['endpoint']),
  });
  return present({ name, api: at(data, 'ai_model', 'ai_provider'), model: filled(model) });
}

function requestOf(data: JsonObject, own: JsonObject): JsonObject | undefined {
  const request = data['http_request'];
  const source = data['src_endpoint'];
  const ip = at(source, 'ip');
  return filled(
    present({
      // OCSF knows some methods only; a call that named none has `unknown` here.
      method: request === undefined ? undefined : at(data, 'api', 'operation'),
      path: at(request, 'url', 'path'),
      source: typeof ip === 'string' ? addressOf(ip, at(source, 'port')) : undefined,
      id: at(request, 'uid'),
      trace: at(data, 'trace', 'uid'),
      received_bytes: at(request, 'body_length'),
      ...objectOf(own['request']),
    }),
  );
}

function addressOf(ip: string, port: Json | undefined): string {
  return `${ip.includes(':') ? `[${ip}]` : ip}:${String(port)}`;
}

function decisionOf(data: JsonObject, own: JsonObject): JsonObject | undefined {
  if (own['decision'] === undefined) return undefined;
  return present({
    rule: at(data, 'policy', 'name'),
    revision: at(data, 'policy', 'uid'),
    ...objectOf(own['decision']),
  });
}

function responseOf(data: JsonObject, own: JsonObject): JsonObject | undefined {
  if (own['response'] === undefined) return undefined;
  const response = data['http_response'];
  const usage = data['message_context'];
  return present({
    status: at(response, 'code'),
    content_type: at(response, 'content_type'),
    bytes: at(response, 'body_length'),
    tokens: filled(
      present({
        prompt: at(usage, 'prompt_tokens'),
        completion: at(usage, 'completion_tokens'),
        total: at(usage, 'total_tokens'),
      }),
    ),
    ...objectOf(own['response']),
  });
}

const clockTimes = ['decided', 'forwarded', 'response_started'] as const;

function timesOf(data: JsonObject, own: JsonObject): JsonObject {
  const times = objectOf(own['times']);
  return present({
    ...times,
    started: timeOf(data['start_time']),
    ...Object.fromEntries(clockTimes.map((name) => [name, timeOf(times[name])])),
    ended: timeOf(data['time']),
  });
}

/** The largest moment that a date can be: records of others may hold anything. */
const maxEpochMs = 8.64e15;

function timeOf(value: Json | undefined): Json | undefined {
  return typeof value === 'number' && Math.abs(value) <= maxEpochMs ? isoTime(value) : value;
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let found = value;
  for (const name of path) found = isObject(found) ? found[name] : undefined;
  return found;
}

const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

export function present(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** undefined: it has no member. */
const filled = (object: JsonObject): JsonObject | undefined => (Object.keys(object).length === 0 ? undefined : object);
