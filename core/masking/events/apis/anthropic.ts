/**
 * Anthropic's Messages (and its older completions). A lane is a content block and a member of its deltas, which begins with what
 * `content_block_start` holds already; `content_block_stop` ends it. A signature vouches for the thinking before it.
 */

import type { JsonRecord } from '../../../body/shape.ts';
import { at, envelopeOf, nested } from '../carry.ts';
import { type EventApi, type EventKind, everyLane, familyOfNames, laneKey, lanesUnder, noLane } from '../event-api.ts';
import type { PathStep } from '../json-spots.ts';
import { hasPositions } from '../positions.ts';
import { isTextKey, mayBeStreamed, spellsAgain } from '../running-text.ts';

/** What continues a member of a block. */
const deltaTypes: ReadonlyMap<PathStep, string> = new Map([
  ['text', 'text_delta'],
  ['thinking', 'thinking_delta'],
  ['partial_json', 'input_json_delta'],
  ['content', 'compaction_delta'],
]);
/** Of a block that begins: the rest of it is complete. */
const begunKeys: ReadonlySet<PathStep> = new Set(['text', 'thinking', 'content']);

const blockKey = (event: JsonRecord, ...member: readonly PathStep[]): string =>
  laneKey('block', blockOf(event), ...member);

/** The start, the deltas and the stop of a content block. */
const blockKind: EventKind = {
  ended(event) {
    if (typeOf(event) === 'content_block_stop') return [lanesUnder('block', blockOf(event))];
    // Nothing of what it signs may come behind a signature.
    return at(event, 'delta', 'signature') === undefined ? noLane : [blockKey(event, 'thinking')];
  },
  laneOf(event, { kind, path }) {
    const [top, ...member] = path;
    const [key] = member;
    if (kind !== 'string' && !isTextKey(path.at(-1))) return undefined;
    if (top === 'content_block') return member.length === 1 && isBegun(key) ? blockKey(event, ...member) : undefined;
    if (top !== 'delta' || key === 'type' || key === 'signature' || key === 'citation') return undefined;
    return blockKey(event, ...member);
  },
  familyOf: (_, [, ...member]) => familyOfNames(member),
  carrierOf(event, [, ...member]) {
    const given = at(event, 'delta', 'type');
    const type = typeof given === 'string' ? given : deltaTypes.get(member[0] ?? '');
    return (like, text, hide) => {
      const delta = { type: hide(type), ...Object(nested(member, text, hide)) };
      return { ...envelopeOf(like, hide), type: 'content_block_delta', delta };
    };
  },
  isStray: (_, path) => path[0] !== 'delta' && path[0] !== 'content_block' && mayBeStreamed(path),
  sealOf: (event, path) => (path.length === 2 && path[1] === 'signature' ? blockKey(event, 'thinking') : undefined),
};

const isBegun = (key: PathStep | undefined): boolean => key !== undefined && begunKeys.has(key);

/** A message in one piece. */
const messageKind: EventKind = {
  ended: () => everyLane,
  laneOf: (_, { path }) =>
    path.length === 3 && path[0] === 'content' && path[2] === 'thinking' ? signed(path) : undefined,
  familyOf: (_, path) => familyOfNames(path),
  carrierOf: () => (like, text, hide) => ({
    ...envelopeOf(like, hide),
    content: [{ type: 'thinking', thinking: text }],
  }),
  isStray: () => false,
  sealOf: (_, path) =>
    path.length === 3 && path[0] === 'content' && path[2] === 'signature' ? signed(path) : undefined,
};
const signed = ([, block = 0]: readonly PathStep[]): string => laneKey('message', block);

/** `/v1/complete`. */
const completionKind: EventKind = {
  ended: (event) => ((at(event, 'stop_reason') ?? null) === null ? noLane : everyLane),
  laneOf: (_, { path }) => (path.length === 1 && path[0] === 'completion' ? laneKey('completion') : undefined),
  familyOf: (_, path) => familyOfNames(path),
  carrierOf: () => (like, text, hide) => ({ ...envelopeOf(like, hide), completion: text, stop_reason: null }),
  isStray: () => false,
};

/** Events without text that goes on: all their values are complete. */
const frameKind: EventKind = {
  ended: (event) => (typeOf(event) === 'message_start' ? noLane : everyLane),
  laneOf: () => undefined,
  familyOf: (_, path) => familyOfNames(path),
  carrierOf: () => (like) => like,
  /** Of a delta of text; some clients go by the name of the event. */
  isStray: (_, [top, ...member]) => top === 'delta' && mayBeStreamed(member),
};

const unknownKind: EventKind = {
  ...frameKind,
  ended: () => noLane,
  isStray: (_, path) => mayBeStreamed(path),
};

const kinds: ReadonlyMap<unknown, EventKind> = new Map([
  ['content_block_start', blockKind],
  ['content_block_delta', blockKind],
  ['content_block_stop', blockKind],
  ['message_start', frameKind],
  ['message_delta', frameKind],
  ['message_stop', frameKind],
  ['ping', unknownKind],
  ['error', frameKind],
  ['message', messageKind],
  ['completion', completionKind],
]);

export const anthropicEvents: EventApi = {
  kindOf: (event) => (hasPositions(event, ['index']) ? (kinds.get(at(event, 'type')) ?? unknownKind) : undefined),
  isDropped: spellsAgain,
  indexes: ['index'],
  varying: new Set(),
};

const typeOf = (event: JsonRecord): unknown => at(event, 'type');

function blockOf(event: JsonRecord): PathStep {
  const index = at(event, 'index');
  return typeof index === 'number' ? index : 0;
}
