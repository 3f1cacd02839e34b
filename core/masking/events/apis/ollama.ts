/**
 * Ollama, an object a line: `response` and `thinking` of `/api/generate`, `message` of `/api/chat`. `done` ends it. Calls of tools
 * are complete in one object. `context` is the conversation as token ids.
 */
import type { JsonRecord } from '../../../body/shape.ts';
import { isRecord } from '../../../body/shape.ts';
import { at, envelopeOf, nested } from '../carry.ts';
import { type EventApi, type EventKind, everyLane, laneKey, noLane } from '../event-api.ts';
import type { PathStep } from '../json-spots.ts';
import { mayBeStreamed, spellsAgain } from '../running-text.ts';

const lanes: ReadonlySet<string> = new Set(['response', 'thinking', 'message.content', 'message.thinking']);
const isLane = (path: readonly PathStep[]): boolean => path.length <= 2 && lanes.has(path.join('.'));

const answerKind: EventKind = {
  ended: (event) => (at(event, 'done') === true ? everyLane : noLane),
  laneOf: (_, { path }) => (isLane(path) ? laneKey(...path) : undefined),
  /** Of either path of its. */
  familyOf: (_, path) => (path.at(-1) === 'thinking' ? 'thinking' : 'text'),
  carrierOf: (_, path) => (like, text, hide) => {
    const envelope = { ...envelopeOf(like, hide), done: false };
    if (path[0] !== 'message') return { ...envelope, response: '', ...Object(nested(path, text, hide)) };
    const role = hide(at(like, 'message', 'role') ?? 'assistant');
    return { ...envelope, message: { role, content: '', ...Object(nested(path.slice(1), text, hide)) } };
  },
  isStray: (_, path) => !completeKeys.has(path[0] ?? '') && !isOfMessage(path) && mayBeStreamed(path),
};

const completeKeys: ReadonlySet<PathStep> = new Set(['error', 'model', 'status']);
/** Beside its text a message has whole values only. */
const isOfMessage = ([top, key]: readonly PathStep[]): boolean =>
  top === 'message' && (key === 'role' || key === 'tool_calls' || key === 'images' || key === 'tool_name');

export const ollamaEvents: EventApi = {
  kindOf: (event: JsonRecord) =>
    (at(event, 'message') ?? null) === null || isRecord(at(event, 'message')) ? answerKind : undefined,
  isDropped: (path) => spellsAgain(path) || (path.length === 1 && path[0] === 'context'),
  indexes: [],
  varying: new Set(['created_at']),
};
