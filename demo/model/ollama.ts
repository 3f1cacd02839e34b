/** Ollama's chat: an object a line; a tool call is whole. */
import { type Asked, answerText, chatModel, type Question, thoughtText, tokens, toolArguments } from './answer.ts';
import { dig } from './json.ts';

export const ollamaQuestion = (request: unknown): Question => ({
  model: dig(request, 'model'),
  messages: dig(request, 'messages'),
  stream: dig(request, 'stream') !== false,
  thinks: dig(request, 'think') === true,
  tool: dig(request, 'tools', 0, 'function', 'name'),
});

const head = { model: chatModel, created_at: '2026-11-27T10:00:00.123456Z' };
const done = { done: true, done_reason: 'stop', prompt_eval_count: tokens.asked, eval_count: tokens.said };
const callsOf = (tool: string | undefined): object =>
  tool === undefined ? {} : { tool_calls: [{ function: { name: tool, arguments: JSON.parse(toolArguments) } }] };

export function chatAnswer(_: string, { thinks, tool }: Asked): object {
  const thinking = thinks ? { thinking: thoughtText } : {};
  return { ...head, message: { role: 'assistant', content: answerText, ...thinking, ...callsOf(tool) }, ...done };
}

export function* chatLines(_: string, { thinks, tool, pieces }: Asked): Generator<string> {
  const line = (message: object, more: object = { done: false }): string =>
    `${JSON.stringify({ ...head, message: { role: 'assistant', content: '', ...message }, ...more })}\n`;
  if (thinks) for (const thinking of pieces(thoughtText)) yield line({ thinking });
  for (const content of pieces(answerText)) yield line({ content });
  if (tool !== undefined) yield line(callsOf(tool));
  yield line({}, done);
}
