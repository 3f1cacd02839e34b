/**
 * The lanes of an OpenAI chat stream: texts that a client joins from many events. Keyed by choice and by the path inside the
 * choice, array elements by their own `index` where they have one.
 */
import { isRecord, type JsonRecord } from '../../body/shape.ts';
import type { Detector } from '../detector.ts';
import { Lane } from '../lane.ts';
import type { Tally } from '../tally.ts';
import type { PathStep } from './json-spots.ts';

const own = (value: unknown, key: PathStep): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;

/** A step of a path inside a choice; an array element carries what a client needs to find it again. */
interface LaneStep {
  readonly key: PathStep;
  readonly element: JsonRecord | undefined;
}

export interface ChatLane {
  readonly lane: Lane;
  readonly choice: number;
  readonly steps: readonly LaneStep[];
}

/** More lanes than any answer has: 128 choices with content, reasoning and tools. Bounds memory and what a flush writes. */
const maxLanes = 1024;

/** Keys that hold running text wherever they stand inside a delta: content parts, tool arguments, reasoning details. */
const textKeys = new Set([
  'content',
  'text',
  'refusal',
  'reasoning',
  'reasoning_content',
  'thinking',
  'arguments',
  'input',
  'transcript',
  'summary',
]);
/** Complete in one event, and needed at once by clients. They are scanned as whole values. Any other direct member is text. */
const structuralKeys = new Set(['role', 'name', 'id', 'type', 'tool_call_id']);

/** True for what a choice holds as text: in its delta, and in `text` or `message`, which some servers stream instead. */
export function isLanePath(path: readonly PathStep[]): boolean {
  if (path[0] !== 'choices' || typeof path[1] !== 'number') return false;
  const last = path[path.length - 1];
  if (typeof last === 'string' && textKeys.has(last)) return true;
  if (path[2] !== 'delta' || path.length < 4) return false;
  return typeof last !== 'string' || (path.length === 4 && !structuralKeys.has(last));
}

/** A number where running text belongs: a client that adds it up makes text of it. */
export const isTextKey = (key: PathStep | undefined): boolean => typeof key === 'string' && textKeys.has(key);

/** Where other APIs stream their text; in no event of this one. */
const foreignKeys = new Set([
  ...textKeys,
  'response',
  'token',
  'generated_text',
  'partial_json',
  'output',
  'output_text',
]);

/**
 * True for text of an event that is none of this API: a piece of a value that nobody here joins. `citations` and the like
 * stand beside choices and are whole.
 */
export function isForeignText(event: JsonRecord, path: readonly PathStep[]): boolean {
  if (path[0] === 'choices') return false;
  if (path.includes('delta')) return true;
  const choices = own(event, 'choices');
  return (
    (choices === undefined || choices === null) &&
    path.some((step) => typeof step === 'string' && foreignKeys.has(step))
  );
}

export class ChatLanes {
  readonly #detector: Detector;
  readonly #tally: Tally;
  readonly #lanes = new Map<string, ChatLane>();
  /** Lanes whose rest was flushed. What comes on one of them after all begins where that ended. */
  readonly #flushed = new Set<string>();

  constructor(detector: Detector, tally: Tally) {
    this.#detector = detector;
    this.#tally = tally;
  }

  /** The lane a string of this event belongs to; undefined when there are too many. */
  laneOf(event: JsonRecord, path: readonly PathStep[]): ChatLane | undefined {
    const position = path[1];
    const choices = own(event, 'choices');
    const choice = choiceIndex(typeof position === 'number' ? own(choices, position) : undefined, position);
    const steps = laneSteps(typeof position === 'number' ? own(choices, position) : undefined, path.slice(2));
    const key = JSON.stringify([choice, ...steps.map(({ key: step }) => step)]);
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const isResumed = this.#flushed.delete(key);
    if (this.#lanes.size + this.#flushed.size >= maxLanes) return undefined;
    const lane: ChatLane = { lane: new Lane(this.#detector, this.#tally, isResumed), choice, steps };
    this.#lanes.set(key, lane);
    return lane;
  }

  /** Takes out the lanes of a choice, or all of them, in the order in which they began. */
  take(choice?: number): readonly ChatLane[] {
    const taken: ChatLane[] = [];
    for (const [key, lane] of this.#lanes) {
      if (choice !== undefined && lane.choice !== choice) continue;
      taken.push(lane);
      this.#lanes.delete(key);
      this.#flushed.add(key);
    }
    return taken;
  }
}

/** Some servers say these in every event; an event that goes on finishes nothing. */
const unfinished: readonly unknown[] = [undefined, null, '', 'null'];

/** Choices that this event finishes. */
export function finishedChoices(event: JsonRecord): readonly number[] {
  const choices = own(event, 'choices');
  if (!Array.isArray(choices)) return [];
  return choices.flatMap((choice: unknown, position) => {
    return unfinished.includes(own(choice, 'finish_reason')) ? [] : [choiceIndex(choice, position)];
  });
}

function choiceIndex(choice: unknown, position: unknown): number {
  const index = own(choice, 'index');
  if (typeof index === 'number') return index;
  return typeof position === 'number' ? position : 0;
}

function laneSteps(choice: unknown, path: readonly PathStep[]): readonly LaneStep[] {
  let value = choice;
  return path.map((key) => {
    value = own(value, key);
    if (typeof key === 'string') return { key, element: undefined };
    const index = own(value, 'index');
    const type = own(value, 'type');
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
 * @param hide what masks names and types: they were masked in their own event
 */
export function laneMember(steps: readonly LaneStep[], text: string, hide: (value: unknown) => unknown): JsonRecord {
  const build = (at: number): unknown => {
    const step = steps[at];
    if (step === undefined) return text;
    const inner = build(at + 1);
    if (step.element === undefined) return { [String(hide(step.key))]: inner };
    const element = Object.entries(step.element).map(([key, value]) => [key, hide(value)]);
    return [isRecord(inner) ? { ...Object.fromEntries(element), ...inner } : inner];
  };
  const member = build(0);
  return isRecord(member) ? member : {};
}
