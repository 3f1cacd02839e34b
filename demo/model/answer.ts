/** What the assistant says, whichever API it is asked by, and in which pieces. */
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
/** What it thinks, where an API shows that. */
export const thoughtText = `The customer with SSN ${leaked.socialSecurity} is the one they mean.`;
/** What it calls a tool with, if it is given one. */
export const toolArguments = JSON.stringify({ ssn: leaked.socialSecurity, email: leaked.email });

/** How many tokens it took: always the same. */
export const tokens = { asked: 12, said: 48 } as const;

export interface Asked {
  readonly stream: boolean;
  readonly thinks: boolean;
  /** The first tool of the request. */
  readonly tool: string | undefined;
  /** Cuts a text into tokens. */
  pieces(text: string): readonly string[];
}

/** undefined: not a request to our model. @param messages what the API calls its list of messages, or its one text */
export function parseAsked(request: unknown, messages: unknown): Asked | undefined {
  if (!isObject(request) || request['model'] !== chatModel) return undefined;
  const words = wordsOf(messages);
  if (words === undefined) return undefined;
  return {
    stream: request['stream'] === true,
    thinks: isObject(request['thinking']) || isObject(request['reasoning']),
    tool: toolOf(request['tools']),
    pieces: (text) => text.match(splitBy(words)) ?? [],
  };
}

function wordsOf(messages: unknown): string | undefined {
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : messages;
  const content = isObject(last) ? last['content'] : last;
  return typeof content === 'string' ? content : undefined;
}

/**
 * A word an event; one character, as llama.cpp nearly does, when the last message says "spell"; so many when it says "in pieces
 * of 3".
 */
function splitBy(words: string): RegExp {
  const [, length] = /\bin pieces of ([1-9]\d?)\b/i.exec(words) ?? [];
  if (length !== undefined) return new RegExp(`.{1,${length}}`, 'gu');
  return /\bspell/i.test(words) ? /./gu : /\S+\s*/gu;
}

/** Chat has the name in `function`, the other APIs beside the type. */
function toolOf(tools: unknown): string | undefined {
  const first: unknown = Array.isArray(tools) ? tools[0] : undefined;
  const described = isObject(first) && isObject(first['function']) ? first['function'] : first;
  return isObject(described) && typeof described['name'] === 'string' ? described['name'] : undefined;
}
