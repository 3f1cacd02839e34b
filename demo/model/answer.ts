/** What the assistant says, whichever API it is asked by, and in which pieces. */
import { dig } from './json.ts';

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

/** What a request says, wherever its API has it. */
export interface Question {
  readonly model: unknown;
  /** A list of messages, of which the last one counts, or one text. */
  readonly messages: unknown;
  readonly stream: boolean;
  readonly thinks: boolean;
  readonly tool: unknown;
}

/** undefined: not a request to our model. */
export function askedBy({ model, messages, stream, thinks, tool }: Question): Asked | undefined {
  const words = wordsOf(messages);
  if (model !== chatModel || words === undefined) return undefined;
  return {
    stream,
    thinks,
    tool: typeof tool === 'string' ? tool : undefined,
    pieces: (text) => text.match(splitBy(words)) ?? [],
  };
}

function wordsOf(messages: unknown): string | undefined {
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : messages;
  const content = dig(last, 'content') ?? dig(last, 'parts', 0, 'text') ?? last;
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
