/** What answers to OpenAI's paths: chat, completions and Responses, told apart by their events; and TGI, which has both. */

import { at } from '../carry.ts';
import type { EventApi } from '../event-api.ts';
import { areIndexed, hasPositions } from '../positions.ts';
import { spellsAgain } from '../running-text.ts';
import { chatKind } from './openai-chat.ts';
import { isResponsesEvent, responsesKind } from './openai-responses.ts';
import { isTokenEvent, spellsTokens, tokenKind } from './text-generation.ts';

const responsePositions = ['output_index', 'content_index', 'summary_index'];

export const openAiEvents: EventApi = {
  kindOf(event) {
    const choices = at(event, 'choices') ?? undefined;
    if (choices !== undefined)
      return Array.isArray(choices) && choices.every(isPlaced) && areIndexed(choices) ? chatKind : undefined;
    if (isResponsesEvent(event)) return hasPositions(event, responsePositions) ? responsesKind : undefined;
    return isTokenEvent(event) ? tokenKind : chatKind;
  },
  isDropped: (path) => spellsAgain(path) || spellsTokens(path),
  indexes: responsePositions,
  varying: new Set(['created', 'usage', 'timings', 'obfuscation']),
  numberedBy: 'sequence_number',
};

/** Calls of tools and parts of a text, by their own `index`. */
function isPlaced(choice: unknown): boolean {
  return ['delta', 'message'].every((key) => Object.values(Object(at(choice, key))).every(areIndexed));
}
