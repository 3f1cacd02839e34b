/**
 * Gemini's `generateContent`, as server-sent events or as one list that is sent bit by bit. Clients join the texts of all parts of a
 * candidate, its thoughts apart; a function call is complete in its part, or comes in `partialArgs`. A candidate ends with its
 * `finishReason`.
 */

import { foldCase } from '../../../body/key-folding.ts';
import type { JsonRecord } from '../../../body/shape.ts';
import { at, envelopeOf } from '../carry.ts';
import { type EventApi, type EventKind, type Hide, laneKey, lanesUnder, noLane } from '../event-api.ts';
import type { PathStep } from '../json-spots.ts';
import { areIndexed } from '../positions.ts';
import { mayBeStreamed, spellsAgain } from '../running-text.ts';

const candidateKind: EventKind = {
  ended(event) {
    const candidates = at(event, 'candidates');
    if (!Array.isArray(candidates)) return noLane;
    const ended = candidates.flatMap((candidate: unknown, position) =>
      unfinished.includes(at(candidate, 'finishReason')) ? [] : [lanesUnder(indexOf(candidate, position))],
    );
    return ended.length === 0 ? noLane : ended;
  },

  laneOf(event, { kind, path }) {
    const place = partAt(path);
    if (place === undefined) return undefined;
    const index = indexOf(at(event, 'candidates', place.candidate), place.candidate);
    if (isText(place.rest)) return laneKey(index, isThought(event, path) ? 'thought' : 'text');
    if (kind !== 'string' || !isArgument(place.rest)) return undefined;
    const call = partOf(event, path);
    return laneKey(index, 'argument', String(at(call, 'functionCall', 'id') ?? ''), jsonPathOf(call, place.rest));
  },

  /** Some clients take thoughts for text. */
  familyOf: (_, path) => (isText(partAt(path)?.rest ?? []) ? 'text' : 'argument'),
  idsOf: (event, path) =>
    isText(partAt(path)?.rest ?? []) ? [] : [JSON.stringify(at(partOf(event, path), 'functionCall', 'id') ?? null)],

  carrierOf(event, path) {
    const [, position = 0] = path;
    const index = indexOf(at(event, 'candidates', position), position);
    const part = partOf(event, path);
    const place = partAt(path)?.rest ?? [];
    return (like, text, hide) => ({
      ...envelopeOf(like, hide),
      candidates: [
        {
          content: {
            parts: [isText(place) ? textPart(part, text) : argumentPart(part, place, text, hide)],
            role: 'model',
          },
          index: hide(index),
        },
      ],
    });
  },

  /** `$.customer.ssn` is the ssn. */
  nameOf: (event, path) => {
    const rest = partAt(path)?.rest ?? [];
    return isArgument(rest) ? /\w+(?=\W*$)/.exec(jsonPathOf(partOf(event, path), rest))?.[0] : undefined;
  },

  /** Where clients look for text there are lanes; what has them look elsewhere is not this API. */
  isStray(_, path) {
    const [top, , place, below] = path;
    if (top !== 'candidates') return top !== 'error' && top !== 'promptFeedback' && mayBeStreamed(path);
    if (place === 'content') return isMisspelt(path) || (below !== 'parts' && below !== 'role');
    return place !== undefined && mayBeStreamed([place]);
  },
};

/**
 * Readers of protobuf's JSON take its names as they stand in the proto too (`function_call`), and clients in Go in any case
 * (`Text`); no server of Google's sends either.
 */
const isMisspelt = ([, , , , , member]: readonly PathStep[]): boolean =>
  typeof member === 'string' && (member.includes('_') || (foldCase(member) !== member && mayBeStreamed([member])));

const unfinished: readonly unknown[] = [undefined, null, '', 'FINISH_REASON_UNSPECIFIED', 0];

const indexOf = (candidate: unknown, position: PathStep): number => {
  const index = at(candidate, 'index');
  return typeof index === 'number' ? index : Number(position);
};

/** `candidates[i].content.parts[j]`, and what follows. */
function partAt(
  path: readonly PathStep[],
): { readonly candidate: number; readonly rest: readonly PathStep[] } | undefined {
  const [candidates, candidate, content, parts, part, ...rest] = path;
  if (candidates !== 'candidates' || content !== 'content' || parts !== 'parts') return undefined;
  return typeof candidate === 'number' && typeof part === 'number' ? { candidate, rest } : undefined;
}
const partOf = (event: JsonRecord, path: readonly PathStep[]): unknown => at(event, ...path.slice(0, 5));

const isText = (rest: readonly PathStep[]): boolean => rest.length === 1 && rest[0] === 'text';
const isThought = (event: JsonRecord, path: readonly PathStep[]): boolean =>
  at(partOf(event, path), 'thought') === true;
const textPart = (part: unknown, text: string): JsonRecord =>
  at(part, 'thought') === true ? { thought: true, text } : { text };

/** `functionCall.partialArgs[k].stringValue` */
const isArgument = (rest: readonly PathStep[]): boolean =>
  rest.length === 4 && rest[0] === 'functionCall' && rest[1] === 'partialArgs' && rest[3] === 'stringValue';
const jsonPathOf = (part: unknown, [, , position = 0]: readonly PathStep[]): string =>
  String(at(part, 'functionCall', 'partialArgs', position, 'jsonPath') ?? '');

function argumentPart(part: unknown, place: readonly PathStep[], text: string, hide: Hide): JsonRecord {
  const id = at(part, 'functionCall', 'id');
  const argument = { jsonPath: hide(jsonPathOf(part, place)), stringValue: text, willContinue: true };
  return {
    functionCall: { ...(id === undefined ? {} : { id: hide(id) }), partialArgs: [argument], willContinue: true },
  };
}

/** Its parts stand in a list, and each is a thought or is not: `1` and `"true"` are one to some clients only. */
function isPlain(candidate: unknown): boolean {
  const parts = at(candidate, 'content', 'parts') ?? [];
  return Array.isArray(parts) && parts.every((part: unknown) => thoughts.includes(at(part, 'thought')));
}
const thoughts: readonly unknown[] = [true, false, undefined, null];

export const geminiEvents: EventApi = {
  kindOf(event) {
    const candidates = at(event, 'candidates') ?? [];
    return Array.isArray(candidates) && areIndexed(candidates) && candidates.every(isPlain) ? candidateKind : undefined;
  },
  isDropped: (path) => spellsAgain(path) || path.at(-1) === 'logprobsResult',
  indexes: [],
  varying: new Set(['usageMetadata', 'createTime']),
};
