/**
 * OpenAI chat completions and legacy completions, with what servers like vLLM add. A lane is a choice and the path inside it,
 * elements of lists by their own `index` where they have one. A choice ends with its `finish_reason`.
 */
import { foldCase } from '../../../body/key-folding.ts';
import { isRecord, type JsonRecord } from '../../../body/shape.ts';
import { at, envelopeOf } from '../carry.ts';
import { type EventKind, type Hide, laneKey, lanesUnder, noLane } from '../event-api.ts';
import type { PathStep, Spot } from '../json-spots.ts';
import { isTextKey, mayBeStreamed } from '../running-text.ts';

/** Complete in one event, and needed at once by clients. They are scanned as whole values. Any other direct member is text. */
const structuralKeys: ReadonlySet<PathStep> = new Set(['role', 'name', 'id', 'type', 'tool_call_id']);

export const chatKind: EventKind = {
  ended(event) {
    const choices = at(event, 'choices');
    if (!Array.isArray(choices)) return noLane;
    const ended = choices.flatMap((choice: unknown, position) =>
      unfinished.includes(at(choice, 'finish_reason')) ? [] : [lanesUnder(choiceIndex(choice, position))],
    );
    return ended.length === 0 ? noLane : ended;
  },

  laneOf(event, spot) {
    if (!isLane(spot)) return undefined;
    const [, position = 0, ...path] = spot.path;
    const choice = at(event, 'choices', position);
    return laneKey(choiceIndex(choice, position), ...laneSteps(choice, path).map(({ key }) => key));
  },

  familyOf: (_, [, , ...path]) => {
    const names = path.flatMap((step) => (typeof step === 'string' ? [foldCase(step)] : []));
    const [first, ...rest] = names[0] === 'delta' || names[0] === 'message' ? names.slice(1) : names;
    return first === undefined || first === 'text' || first === 'content' ? 'content' : [first, ...rest].join(' ');
  },

  carrierOf(event, [, position = 0, ...path]) {
    const choice = at(event, 'choices', position);
    const index = choiceIndex(choice, position);
    const steps = laneSteps(choice, path);
    return (like, text, hide) => ({
      ...envelopeOf(like, hide),
      choices: [{ index: hide(index), ...laneMember(steps, text, hide), finish_reason: null }],
    });
  },

  /** `citations` and the like stand beside choices and are whole. */
  isStray(event, path) {
    if (path[0] === 'choices') return false;
    if (path.includes('delta')) return true;
    return (at(event, 'choices') ?? null) === null && mayBeStreamed(path);
  },
};

/** What a choice holds as text: in its delta, and in `text` or `message`, which some servers stream instead. */
function isLane({ kind, path }: Spot): boolean {
  if (path[0] !== 'choices' || typeof path[1] !== 'number') return false;
  const last = path[path.length - 1];
  if (isTextKey(last)) return true;
  if (kind !== 'string' || foldCase(String(path[2])) !== 'delta') return false;
  return typeof last !== 'string' || path.length === 3 || (path.length === 4 && !structuralKeys.has(last));
}

/** Some servers say these in every event; an event that goes on finishes nothing. */
const unfinished: readonly unknown[] = [undefined, null, '', 'null'];

function choiceIndex(choice: unknown, position: PathStep): number {
  const index = at(choice, 'index');
  if (typeof index === 'number') return index;
  return typeof position === 'number' ? position : 0;
}

/** A step of a path inside a choice; an element of a list carries what a client needs to find it again. */
interface LaneStep {
  readonly key: PathStep;
  readonly element: JsonRecord | undefined;
}

function laneSteps(choice: unknown, path: readonly PathStep[]): readonly LaneStep[] {
  let value = choice;
  return path.map((key) => {
    value = at(value, key);
    if (typeof key === 'string') return { key, element: undefined };
    const index = at(value, 'index');
    const type = at(value, 'type');
    return {
      key: typeof index === 'number' ? index : key,
      element: {
        ...(typeof index === 'number' ? { index } : {}),
        ...(typeof type === 'string' && typeof index !== 'number' ? { type } : {}),
      },
    };
  });
}

/**
 * The member of a choice that carries `text` on this lane and nothing else: SDKs add strings up, so nothing may repeat.
 *
 * @param hide names and types were masked in their own event
 */
function laneMember(steps: readonly LaneStep[], text: string, hide: Hide): JsonRecord {
  const build = (depth: number): unknown => {
    const step = steps[depth];
    if (step === undefined) return text;
    const inner = build(depth + 1);
    if (step.element === undefined) return { [String(hide(step.key))]: inner };
    const element = Object.entries(step.element).map(([key, value]) => [key, hide(value)]);
    return [isRecord(inner) ? { ...Object.fromEntries(element), ...inner } : inner];
  };
  const member = build(0);
  return isRecord(member) ? member : {};
}
