/**
 * Members of an answer that spell the text a second time, token by token, where no pattern finds it: `logprobs` and
 * token ids; and `delta`, which belongs in an event stream only, where text is cut into pieces. In a JSON answer the first
 * of them that is not null trips: nothing legible follows. Requests that ask for them are refused earlier (exchange/read-request.ts).
 */
import { isBlank } from './characters.ts';
import { any, chars, literal, optional, type Pattern, repeat, seq, times } from './pattern.ts';

export const spellingKeys: readonly string[] = ['logprobs', 'prompt_logprobs', 'token_ids', 'prompt_token_ids'];

export interface Tripwire {
  readonly pattern: Pattern;
  /**
   * `at` is the opening quote of a candidate. Index of the first byte that must not be released, undefined when the member
   * is null or the string is no key.
   */
  read(bytes: Uint8Array, at: number): number | undefined;
}

const maxBlanks = 16;
const blank = chars(' \\t\\r\\n');
const blanks = repeat(blank, 0, maxBlanks);
export const trippingKeys: readonly string[] = [...spellingKeys, 'logprobsResult', 'delta'];

export const spellingTripwire: Tripwire = {
  // More blanks than that: nobody writes so honestly, and it must not be a way around.
  pattern: seq(
    literal('"'),
    any(...trippingKeys.map(literal)),
    literal('"'),
    any(seq(blanks, literal(':'), blanks, optional(seq(literal('['), blanks))), times(blank, maxBlanks + 1)),
  ),
  read(bytes, at) {
    // The quote may be the front of something else.
    const key = trippingKeys.find((each) => spells(bytes, at + 1, `${each}"`));
    if (key === undefined) return undefined;
    const colon = skipBlanks(bytes, at + key.length + 2);
    if (bytes[colon] !== 0x3a) return colon;
    const value = skipBlanks(bytes, colon + 1);
    if (bytes[value] === 0x6e) return undefined;
    // Responses have empty lists of them.
    return bytes[value] === 0x5b && bytes[skipBlanks(bytes, value + 1)] === 0x5d ? undefined : value;
  },
};

function spells(bytes: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}

function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at - from < maxBlanks && isBlank(bytes[at])) at++;
  return at;
}
