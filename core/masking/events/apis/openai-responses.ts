/**
 * OpenAI's Responses. Text comes in `delta` of events called `….delta`, for a part of an item of the output; `….done`,
 * `content_part.done`, `output_item.done` and `response.completed` say it again in whole. There is no `[DONE]`.
 */
import type { JsonRecord } from '../../../body/shape.ts';
import { at, envelopeOf, nested } from '../carry.ts';
import { type EventKind, everyLane, laneKey, lanesUnder, noLane } from '../event-api.ts';
import type { PathStep } from '../json-spots.ts';
import { isTextKey, mayBeStreamed } from '../running-text.ts';

const deltaSuffix = '.delta';
const doneSuffix = '.done';

/** Types of events whose values are complete. Others are not known here: what looks like running text in them is blotted. */
const complete =
  /\.(?:done|added|created|queued|in_progress|completed|incomplete|failed|cancelled|searching|generating|interpreting|partial_image)$|^error$/;
const ends = /^response\.(?:completed|incomplete|failed|cancelled)$|^error$/;

export const isResponsesEvent = (event: JsonRecord): boolean => {
  const type = typeOf(event);
  return type.startsWith('response.') || (type === 'error' && typeof at(event, 'sequence_number') === 'number');
};

export const responsesKind: EventKind = {
  ended(event) {
    const type = typeOf(event);
    if (type.endsWith(deltaSuffix)) return noLane;
    if (ends.test(type)) return everyLane;
    if (!type.endsWith(doneSuffix)) return noLane;
    if (type === 'response.output_item.done') return [lanesUnder('response', itemOf(event))];
    if (/^response\.\w*part\.done$/.test(type)) return [lanesUnder('response', itemOf(event), partOf(event))];
    return [lanesUnder('response', itemOf(event), partOf(event), type.slice(0, -doneSuffix.length))];
  },

  laneOf(event, { kind, path }) {
    if (path[0] !== 'delta') return undefined;
    if (kind !== 'string' && !isTextKey(path.at(-1)) && path.length > 1) return undefined;
    const type = typeOf(event);
    const channel = type.endsWith(deltaSuffix) ? type.slice(0, -deltaSuffix.length) : type;
    return laneKey('response', itemOf(event), partOf(event), channel, ...path.slice(1), 'delta');
  },

  familyOf: (event) => kindsOfText.exec(typeOf(event))?.[0] ?? 'text',

  /** Some clients go by the id of the item. */
  idsOf: (event) => [JSON.stringify(at(event, 'item_id') ?? null)],

  carrierOf(_, path) {
    return (like, text, hide) => ({
      ...Object.fromEntries(Object.entries(envelopeOf(like, hide)).filter(([key]) => key !== 'obfuscation')),
      delta: nested(path.slice(1), text, hide),
      // SDKs look for it where it was.
      ...(at(like, 'logprobs') === undefined ? {} : { logprobs: [] }),
    });
  },

  nameOf: (event) => (/_arguments\./.test(typeOf(event)) ? 'arguments' : undefined),

  isStray: (event, path) => !complete.test(typeOf(event)) && mayBeStreamed(path),
};

const kindsOfText = /refusal|reasoning_summary|reasoning|arguments|input|code|audio/;

const typeOf = (event: JsonRecord): string => {
  const type = at(event, 'type');
  return typeof type === 'string' ? type : '';
};

/** By position, as SDKs put items together: some servers give an item another id in every event. */
function itemOf(event: JsonRecord): PathStep {
  const item = at(event, 'output_index') ?? at(event, 'item_id') ?? at(event, 'item', 'id');
  return typeof item === 'number' || typeof item === 'string' ? item : '';
}

/** Texts of an item, one each: SDKs add them up whatever part an event names. */
const ofItem = /_(?:arguments|code|input)\./;

function partOf(event: JsonRecord): PathStep {
  const type = typeOf(event);
  if (ofItem.test(type)) return '';
  const summary = at(event, 'summary_index');
  const part = type.startsWith('response.reasoning_summary') ? summary : (at(event, 'content_index') ?? summary);
  return typeof part === 'number' || typeof part === 'string' ? part : '';
}
