/** OpenAI's chat completions. */
import { type Asked, answerText, chatModel, type Question, tokens, toolArguments } from './answer.ts';
import { dig } from './json.ts';

export const chatQuestion = (request: unknown): Question => ({
  model: dig(request, 'model'),
  messages: dig(request, 'messages'),
  stream: dig(request, 'stream') === true,
  thinks: false,
  tool: dig(request, 'tools', 0, 'function', 'name'),
});

const usage = { prompt_tokens: tokens.asked, completion_tokens: tokens.said, total_tokens: tokens.asked + tokens.said };
const head = (id: string, object: string): object => ({ id, object, created: 1_700_000_000, model: chatModel });
const reason = (tool: string | undefined): string => (tool === undefined ? 'stop' : 'tool_calls');

export function completion(id: string, { tool }: Asked): object {
  const call = { id: 'call_1', type: 'function', function: { name: tool, arguments: toolArguments } };
  const message = { role: 'assistant', content: answerText, ...(tool === undefined ? {} : { tool_calls: [call] }) };
  return { ...head(id, 'chat.completion'), choices: [{ index: 0, message, finish_reason: reason(tool) }], usage };
}

/** The same answer as server-sent events: role first, then text, a tool, the finish reason, usage without choices, `[DONE]`. */
export function* completionEvents(id: string, { pieces, tool }: Asked): Generator<string> {
  const chunk = (choices: readonly object[], more: object = {}): string =>
    `data: ${JSON.stringify({ ...head(id, 'chat.completion.chunk'), choices, ...more })}\n\n`;
  const delta = (part: object, finish: string | null = null): string =>
    chunk([{ index: 0, delta: part, finish_reason: finish }]);
  yield delta({ role: 'assistant', content: null });
  for (const content of pieces(answerText)) yield delta({ content });
  if (tool !== undefined) {
    yield delta({
      tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: tool, arguments: '' } }],
    });
    for (const part of pieces(toolArguments))
      yield delta({ tool_calls: [{ index: 0, function: { arguments: part } }] });
  }
  yield delta({}, reason(tool));
  yield chunk([], { usage });
  yield 'data: [DONE]\n\n';
}
