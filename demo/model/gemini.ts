/** Google's Gemini: an event has parts, thoughts among them; a function call is whole. */
import { type Asked, answerText, chatModel, type Question, thoughtText, tokens, toolArguments } from './answer.ts';
import { dig } from './json.ts';

/** The path says which model, and whether it streams. */
export const geminiQuestion =
  (stream: boolean) =>
  (request: unknown): Question => ({
    model: chatModel,
    messages: dig(request, 'contents'),
    stream,
    thinks: dig(request, 'generationConfig', 'thinkingConfig', 'includeThoughts') === true,
    tool: dig(request, 'tools', 0, 'functionDeclarations', 0, 'name'),
  });

const usageMetadata = {
  promptTokenCount: tokens.asked,
  candidatesTokenCount: tokens.said,
  totalTokenCount: tokens.asked + tokens.said,
};
const content = (id: string, parts: readonly object[], more: object = {}): object => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  usageMetadata,
  modelVersion: chatModel,
  responseId: id,
});
const callOf = (tool: string): object => ({ functionCall: { name: tool, args: JSON.parse(toolArguments) } });

export function generated(id: string, { thinks, tool }: Asked): object {
  const parts = [
    ...(thinks ? [{ text: thoughtText, thought: true }] : []),
    { text: answerText },
    ...(tool === undefined ? [] : [callOf(tool)]),
  ];
  return content(id, parts, { finishReason: 'STOP' });
}

export function* generatedEvents(id: string, { thinks, tool, pieces }: Asked): Generator<string> {
  const event = (parts: readonly object[], more: object = {}): string =>
    `data: ${JSON.stringify(content(id, parts, more))}\r\n\r\n`;
  if (thinks) for (const text of pieces(thoughtText)) yield event([{ text, thought: true }]);
  for (const text of pieces(answerText)) yield event([{ text }]);
  if (tool !== undefined) yield event([callOf(tool)]);
  yield event([{ text: '' }], { finishReason: 'STOP' });
}
