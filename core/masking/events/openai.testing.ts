/**
 * A stream of each API: what its server sends, member by member as its reference documents it, and what its clients make of that.
 * Texts come in pieces, one of each text in turn.
 */
import type { ReadApi } from '../../policy/policy.ts';
import { dig, joinedAt, type Sent, sse } from './wire.testing.ts';

export type Pieces = readonly string[];

export interface StreamFixture {
  readonly name: string;
  readonly api: ReadApi;
  readonly contentType: string;
  /** How many texts it says. */
  readonly texts: number;
  /** Which of them is JSON. */
  readonly json?: number;
  write(texts: readonly Pieces[]): string;
  /** What a client joins from the events. */
  read(events: readonly Sent[]): readonly string[];
  /** Where the texts stand again in whole, in the same order. */
  repeated?(events: readonly Sent[]): readonly (readonly unknown[])[];
}

/** One piece of each text in turn, as events; `[piece, text]` has the number of its text. */
export function inTurn(texts: readonly Pieces[], event: (piece: string, text: number) => Sent): Sent[] {
  const events: Sent[] = [];
  for (let turn = 0; texts.some((pieces) => turn < pieces.length); turn++) {
    for (const [text, pieces] of texts.entries()) {
      const piece = pieces[turn];
      if (piece !== undefined) events.push(event(piece, text));
    }
  }
  return events;
}
const whole = (texts: readonly Pieces[], text: number): string => (texts[text] ?? []).join('');

const chatChunk = (choices: readonly object[]): Sent => ({
  id: 'chatcmpl-9',
  object: 'chat.completion.chunk',
  created: 1731000000,
  model: 'm',
  system_fingerprint: null,
  choices,
});
const chat: StreamFixture = {
  name: 'OpenAI chat, a choice with a tool and another one',
  api: 'openai',
  contentType: 'text/event-stream',
  texts: 3,
  json: 1,
  write: (texts) => {
    const delta = (text: number, piece: string): object =>
      text === 1 ? { tool_calls: [{ index: 0, function: { arguments: piece } }] } : { content: piece };
    const events = [
      chatChunk([{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }]),
      ...inTurn(texts, (piece, text) =>
        chatChunk([{ index: text === 2 ? 1 : 0, delta: delta(text, piece), logprobs: null, finish_reason: null }]),
      ),
      chatChunk([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }]),
      chatChunk([{ index: 1, delta: {}, logprobs: null, finish_reason: 'length' }]),
      { ...chatChunk([]), usage: { prompt_tokens: 1, completion_tokens: 2 } },
    ];
    return sse(events, false, 'data: [DONE]\n\n');
  },
  read: (events) => {
    const choice = (index: number) => events.filter((event) => dig(event, 'choices', 0, 'index') === index);
    return [
      joinedAt(choice(0), 'choices', 0, 'delta', 'content'),
      joinedAt(choice(0), 'choices', 0, 'delta', 'tool_calls', 0, 'function', 'arguments'),
      joinedAt(choice(1), 'choices', 0, 'delta', 'content'),
    ];
  },
};

const completions: StreamFixture = {
  name: 'OpenAI completions',
  api: 'openai',
  contentType: 'text/event-stream',
  texts: 1,
  write: ([pieces = []]) => {
    const event = (text: string, finish_reason: string | null): Sent => ({
      id: 'cmpl-9',
      object: 'text_completion',
      created: 1731000000,
      choices: [{ text, index: 0, logprobs: null, finish_reason }],
      model: 'm',
    });
    return sse([...pieces.map((piece) => event(piece, null)), event('', 'stop')], false, 'data: [DONE]\n\n');
  },
  read: (events) => [joinedAt(events, 'choices', 0, 'text')],
};

const deltas = ['response.reasoning_summary_text', 'response.output_text', 'response.function_call_arguments'] as const;
const responses: StreamFixture = {
  name: 'OpenAI Responses: reasoning, a message, a function call',
  api: 'openai',
  contentType: 'text/event-stream; charset=utf-8',
  texts: 3,
  json: 2,
  write: (texts) => {
    const items = [
      { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: whole(texts, 0) }] },
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', annotations: [], logprobs: [], text: whole(texts, 1) }],
      },
      {
        id: 'fc_1',
        type: 'function_call',
        call_id: 'call_1',
        name: 'look_up',
        status: 'completed',
        arguments: whole(texts, 2),
      },
    ] as const;
    const at = (item: number): Sent => ({
      item_id: items[item]?.id,
      output_index: item,
      ...(item === 0 ? { summary_index: 0 } : item === 1 ? { content_index: 0 } : {}),
    });
    const response = (status: string, output: readonly object[]): Sent => ({
      id: 'resp_1',
      object: 'response',
      status,
      model: 'm',
      top_logprobs: 0,
      output,
    });
    const events: Sent[] = [
      { type: 'response.created', response: response('in_progress', []) },
      {
        type: 'response.output_item.added',
        output_index: 1,
        item: { id: 'msg_1', type: 'message', status: 'in_progress', role: 'assistant', content: [] },
      },
      {
        type: 'response.content_part.added',
        ...at(1),
        part: { type: 'output_text', annotations: [], logprobs: [], text: '' },
      },
      ...inTurn(texts, (piece, item) => ({
        type: `${deltas[item]}.delta`,
        ...at(item),
        delta: piece,
        ...(item === 1 ? { logprobs: [] } : {}),
        obfuscation: 'qZx'.slice(piece.length % 3),
      })),
      { type: `${deltas[0]}.done`, ...at(0), text: whole(texts, 0) },
      { type: 'response.reasoning_summary_part.done', ...at(0), part: items[0].summary[0] },
      { type: 'response.output_item.done', output_index: 0, item: items[0] },
      { type: `${deltas[1]}.done`, ...at(1), text: whole(texts, 1), logprobs: [] },
      { type: 'response.content_part.done', ...at(1), part: items[1].content[0] },
      { type: 'response.output_item.done', output_index: 1, item: items[1] },
      { type: `${deltas[2]}.done`, ...at(2), arguments: whole(texts, 2), name: 'look_up' },
      { type: 'response.output_item.done', output_index: 2, item: items[2] },
      {
        type: 'response.completed',
        response: { ...response('completed', items), usage: { input_tokens: 1, output_tokens: 2 } },
      },
    ];
    return sse(
      events.map((event, number) => ({ ...event, sequence_number: number })),
      true,
    );
  },
  read: (events) =>
    deltas.map((type) =>
      joinedAt(
        events.filter((event) => event['type'] === `${type}.delta`),
        'delta',
      ),
    ),
  repeated: (events) => {
    const of = (type: string, item: number) =>
      events.filter((event) => event['type'] === type && (event['output_index'] ?? item) === item);
    const places = [['summary', 0, 'text'], ['content', 0, 'text'], ['arguments']] as const;
    return deltas.map((type, item) => {
      const path = places[item] ?? [];
      return [
        dig(of(`${type}.done`, item)[0], item === 2 ? 'arguments' : 'text'),
        dig(of('response.output_item.done', item)[0], 'item', ...path),
        dig(of('response.completed', item)[0], 'response', 'output', item, ...path),
        ...(item === 2
          ? []
          : [
              dig(
                events.find((event) => /part\.done$/.test(String(event['type'])) && event['output_index'] === item),
                'part',
                'text',
              ),
            ]),
      ];
    });
  },
};

export const openAiFixtures: readonly StreamFixture[] = [chat, completions, responses];
