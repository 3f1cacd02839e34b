/** OpenAI chat streams for tests: written by a plain writer, read back by a plain reader, neither of them the engine's. */
import { isRecord } from '../../body/shape.ts';

export type SentEvent = Readonly<Record<string, unknown>>;

export const chunk = (choices: readonly object[]): SentEvent => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1731000000,
  model: 'demo',
  choices,
});

export const toStream = (events: readonly (SentEvent | string)[]): string =>
  events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join('');

export interface Choice {
  readonly index: number;
  /** A member of the delta, or `tool N`. */
  readonly lane: string;
  readonly text: string;
  /** Lengths of the tokens, used in turn; none: the text in one piece. */
  readonly tokens: readonly number[];
}

/** Events that spell all texts, one token of each choice after the other. */
export function spell(choices: readonly Choice[]): readonly SentEvent[] {
  const events: SentEvent[] = [];
  const queues = choices.map((choice) => ({ choice, pieces: cut(choice.text, choice.tokens) }));
  while (queues.some(({ pieces }) => pieces.length > 0)) {
    for (const { choice, pieces } of queues) {
      const piece = pieces.shift();
      if (piece === undefined) continue;
      events.push(chunk([{ index: choice.index, delta: deltaOf(choice.lane, piece), finish_reason: null }]));
    }
  }
  return events;
}

function cut(text: string, tokens: readonly number[]): string[] {
  const pieces: string[] = [];
  let rest = text;
  for (let turn = 0; rest !== ''; turn++) {
    const length = tokens.length === 0 ? rest.length : (tokens[turn % tokens.length] ?? 0) + 1;
    pieces.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return pieces;
}

function deltaOf(lane: string, text: string): object {
  if (!lane.startsWith('tool ')) return { [lane]: text };
  return { tool_calls: [{ index: Number(lane.slice(5)), function: { arguments: text } }] };
}

/** Joins the deltas of a stream as a client does. Keys: `<choice> <lane>`. */
export function laneTexts(stream: string): ReadonlyMap<string, string> {
  const lanes = new Map<string, string>();
  for (const block of stream.split('\n\n')) {
    if (!block.startsWith('data: {')) continue;
    const event: unknown = JSON.parse(block.slice(6));
    for (const choice of listOf(event, 'choices')) {
      const delta = isRecord(choice) ? choice['delta'] : undefined;
      const index = isRecord(choice) ? choice['index'] : undefined;
      for (const [lane, text] of textsOf(delta)) {
        lanes.set(`${index} ${lane}`, (lanes.get(`${index} ${lane}`) ?? '') + text);
      }
    }
  }
  return lanes;
}

function textsOf(delta: unknown): readonly (readonly [lane: string, text: string])[] {
  if (!isRecord(delta)) return [];
  const texts: [string, string][] = [];
  for (const [key, value] of Object.entries(delta)) if (typeof value === 'string') texts.push([key, value]);
  for (const call of listOf(delta, 'tool_calls')) {
    const details = isRecord(call) ? call['function'] : undefined;
    const text = isRecord(details) ? details['arguments'] : undefined;
    if (isRecord(call) && typeof text === 'string') texts.push([`tool ${call['index']}`, text]);
  }
  return texts;
}

function listOf(value: unknown, key: string): readonly unknown[] {
  const list = isRecord(value) ? value[key] : undefined;
  return Array.isArray(list) ? list : [];
}
