import { isObject } from './json.ts';

export const chatModel = 'bank-assistant';

/**
 * What the assistant gives away. All of it is well known from documentation or reserved for fiction: a card industry's test
 * number, the IBAN of the standard's own example, a mail domain for examples (RFC 2606), a 555-01xx phone number.
 */
export const leaked = {
  card: '4111 1111 1111 1111',
  socialSecurity: '536-22-8841',
  iban: 'DE89 3704 0044 0532 0130 00',
  email: 'kim@example.com',
  phone: '(212) 555-0142',
} as const;

export const answerText =
  `Here is the customer's file. Card ${leaked.card}, SSN ${leaked.socialSecurity}, IBAN ${leaked.iban}, ` +
  `e-mail ${leaked.email}, phone ${leaked.phone}. Shall I read on?`;

export interface ChatRequest {
  readonly stream: boolean;
  /** One character an event, as llama.cpp nearly does: asked for by the word "spell" in the last message. */
  readonly spelled: boolean;
}

/** undefined: not a chat request for our model. */
export function parseChatRequest(request: unknown): ChatRequest | undefined {
  if (!isObject(request) || request['model'] !== chatModel || !Array.isArray(request['messages'])) return undefined;
  const last: unknown = request['messages'].at(-1);
  if (!isObject(last) || typeof last['content'] !== 'string') return undefined;
  return { stream: request['stream'] === true, spelled: /\bspell/i.test(last['content']) };
}

const usage = { prompt_tokens: 12, completion_tokens: 48, total_tokens: 60 };
const head = (id: string, object: string): object => ({ id, object, created: 1_700_000_000, model: chatModel });

export function completion(id: string): object {
  return {
    ...head(id, 'chat.completion'),
    choices: [{ index: 0, message: { role: 'assistant', content: answerText }, finish_reason: 'stop' }],
    usage,
  };
}

/** The same answer as server-sent events: role first, then text, the finish reason, usage without choices, `[DONE]`. */
export function* completionEvents(id: string, spelled: boolean): Generator<string> {
  const chunk = (choices: readonly object[], more: object = {}): string =>
    `data: ${JSON.stringify({ ...head(id, 'chat.completion.chunk'), choices, ...more })}\n\n`;
  yield chunk([{ index: 0, delta: { role: 'assistant', content: null }, finish_reason: null }]);
  for (const content of answerText.match(spelled ? /./gu : /\S+\s*/gu) ?? []) {
    yield chunk([{ index: 0, delta: { content }, finish_reason: null }]);
  }
  yield chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]);
  yield chunk([], { usage });
  yield 'data: [DONE]\n\n';
}
