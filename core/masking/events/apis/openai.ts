/** What answers to OpenAI's paths: chat, completions and Responses, told apart by their events; and TGI, which has both. */

import { at } from '../carry.ts';
import type { EventApi } from '../event-api.ts';
import { spellsAgain } from '../running-text.ts';
import { chatKind } from './openai-chat.ts';
import { isResponsesEvent, responsesKind } from './openai-responses.ts';
import { isTokenEvent, spellsTokens, tokenKind } from './text-generation.ts';

export const openAiEvents: EventApi = {
  kindOf(event) {
    const choices = at(event, 'choices') ?? undefined;
    if (choices !== undefined) return Array.isArray(choices) ? chatKind : undefined;
    if (isResponsesEvent(event)) return responsesKind;
    return isTokenEvent(event) ? tokenKind : chatKind;
  },
  isDropped: (path) => spellsAgain(path) || spellsTokens(path),
  varying: new Set(['created', 'usage', 'timings', 'obfuscation']),
  numberedBy: 'sequence_number',
};
