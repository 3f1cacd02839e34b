/** OpenAI's Responses: reasoning, a message and a call of a function, each an item that is told bit by bit and then in whole. */
import { type Asked, answerText, chatModel, type Question, thoughtText, tokens, toolArguments } from './answer.ts';
import { dig } from './json.ts';

export const responseQuestion = (request: unknown): Question => ({
  model: dig(request, 'model'),
  messages: dig(request, 'input'),
  stream: dig(request, 'stream') === true,
  thinks: dig(request, 'reasoning') !== undefined,
  tool: dig(request, 'tools', 0, 'name'),
});

type Members = Readonly<Record<string, unknown>>;

interface Item {
  readonly id: string;
  readonly begun: Members;
  readonly done: Members;
  /** The one part of items that have parts. */
  readonly part: Members | undefined;
  readonly partType: 'content_part' | 'reasoning_summary_part';
  readonly partIndex: Members;
  /** Of its deltas: `response.CHANNEL.delta`. */
  readonly channel: string;
  readonly text: string;
  /** What the last event of the channel says. */
  readonly said: Members;
}

function itemsOf({ thinks, tool }: Asked): readonly Item[] {
  const summary = { type: 'summary_text', text: thoughtText };
  const text = { type: 'output_text', annotations: [], logprobs: [], text: answerText };
  const call = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: tool };
  const message = { id: 'msg_1', type: 'message', role: 'assistant' };
  const reasoning: Item = {
    id: 'rs_1',
    begun: { id: 'rs_1', type: 'reasoning', summary: [] },
    done: { id: 'rs_1', type: 'reasoning', summary: [summary] },
    part: summary,
    partType: 'reasoning_summary_part',
    partIndex: { summary_index: 0 },
    channel: 'reasoning_summary_text',
    text: thoughtText,
    said: { text: thoughtText },
  };
  const said: Item = {
    id: 'msg_1',
    begun: { ...message, status: 'in_progress', content: [] },
    done: { ...message, status: 'completed', content: [text] },
    part: text,
    partType: 'content_part',
    partIndex: { content_index: 0 },
    channel: 'output_text',
    text: answerText,
    said: { text: answerText, logprobs: [] },
  };
  const called: Item = {
    id: 'fc_1',
    begun: { ...call, status: 'in_progress', arguments: '' },
    done: { ...call, status: 'completed', arguments: toolArguments },
    part: undefined,
    partType: 'content_part',
    partIndex: {},
    channel: 'function_call_arguments',
    text: toolArguments,
    said: { arguments: toolArguments, name: tool },
  };
  return [...(thinks ? [reasoning] : []), said, ...(tool === undefined ? [] : [called])];
}

export function response(id: string, asked: Asked, status: 'in_progress' | 'completed' = 'completed'): object {
  const usage = { input_tokens: tokens.asked, output_tokens: tokens.said, total_tokens: tokens.asked + tokens.said };
  const isDone = status === 'completed';
  return {
    id,
    object: 'response',
    created_at: 1_700_000_000,
    status,
    model: chatModel,
    error: null,
    output: isDone ? itemsOf(asked).map(({ done }) => done) : [],
    parallel_tool_calls: true,
    tools: [],
    ...(isDone ? { usage } : {}),
  };
}

export function* responseEvents(id: string, asked: Asked): Generator<string> {
  let sequence_number = 0;
  const event = (type: string, members: Members): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence_number++, ...members })}\n\n`;
  for (const type of ['created', 'in_progress']) {
    yield event(`response.${type}`, { response: response(id, asked, 'in_progress') });
  }
  for (const [output_index, item] of itemsOf(asked).entries()) {
    const place = { item_id: item.id, output_index, ...item.partIndex };
    yield event('response.output_item.added', { output_index, item: item.begun });
    const part = item.part && { ...item.part, text: '' };
    if (part !== undefined) yield event(`response.${item.partType}.added`, { ...place, part });
    for (const delta of asked.pieces(item.text)) {
      yield event(`response.${item.channel}.delta`, {
        ...place,
        delta,
        ...(item.channel === 'output_text' ? { logprobs: [] } : {}),
        // Noise of the vendor, so that the length of an event says less of its text.
        obfuscation: 'aZ3kQw9x'.slice(delta.length % 8),
      });
    }
    yield event(`response.${item.channel}.done`, { ...place, ...item.said });
    if (item.part !== undefined) yield event(`response.${item.partType}.done`, { ...place, part: item.part });
    yield event('response.output_item.done', { output_index, item: item.done });
  }
  yield event('response.completed', { response: response(id, asked) });
}
