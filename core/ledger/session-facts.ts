/**
 * What the end of a session says, under one name for each kind of fact: an event of OCSF has them where OCSF wants them
 * (records/api-activity.ts). Tolerant of shapes: what is not there is left out, and what a later version adds in `unmapped` shows.
 */
import type { Json, JsonObject, StoredRecord } from './record.ts';
import { isObject, memberAt } from './stored-record.ts';
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
  const user = memberAt(data, 'actor', 'user');
  const subject = memberAt(user, 'uid');
  if (subject === undefined) return undefined;
  const groups = memberAt(user, 'groups');
  return present({
    subject,
    issuer: memberAt(data, 'actor', 'session', 'issuer'),
    groups: Array.isArray(groups) ? groups.flatMap((group: Json) => memberAt(group, 'name') ?? []) : undefined,
    client: memberAt(data, 'actor', 'app_uid'),
    token_id: memberAt(data, 'actor', 'session', 'uid'),
    ...objectOf(own['identity']),
  });
}

function endpointOf(data: JsonObject, own: JsonObject): JsonObject | undefined {
  const name = memberAt(data, 'api', 'service', 'name');
  if (name === undefined) return undefined;
  const model = present({
    name: memberAt(data, 'ai_model', 'name'),
    version: memberAt(data, 'ai_model', 'version'),
    ...objectOf(own['endpoint']),
  });
  return present({ name, api: memberAt(data, 'ai_model', 'ai_provider'), model: filled(model) });
}

function requestOf(data: JsonObject, own: JsonObject): JsonObject | undefined {
  const request = data['http_request'];
  const source = data['src_endpoint'];
  const ip = memberAt(source, 'ip');
  return filled(
    present({
      // OCSF knows some methods only; a call that named none has `unknown` here.
      method: request === undefined ? undefined : memberAt(data, 'api', 'operation'),
      path: memberAt(request, 'url', 'path'),
      source: typeof ip === 'string' ? addressOf(ip, memberAt(source, 'port')) : undefined,
      id: memberAt(request, 'uid'),
      trace: memberAt(data, 'trace', 'uid'),
      received_bytes: memberAt(request, 'body_length'),
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
    rule: memberAt(data, 'policy', 'name'),
    revision: memberAt(data, 'policy', 'uid'),
    ...objectOf(own['decision']),
  });
}

function responseOf(data: JsonObject, own: JsonObject): JsonObject | undefined {
  if (own['response'] === undefined) return undefined;
  const response = data['http_response'];
  const usage = data['message_context'];
  return present({
    status: memberAt(response, 'code'),
    content_type: memberAt(response, 'content_type'),
    bytes: memberAt(response, 'body_length'),
    tokens: filled(
      present({
        prompt: memberAt(usage, 'prompt_tokens'),
        completion: memberAt(usage, 'completion_tokens'),
        total: memberAt(usage, 'total_tokens'),
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

const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

export function present(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** undefined: it has no member. */
const filled = (object: JsonObject): JsonObject | undefined => (Object.keys(object).length === 0 ? undefined : object);
