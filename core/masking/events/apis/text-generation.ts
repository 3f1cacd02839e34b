/** Hugging Face's Text Generation Inference in its own words: one token an event, and the whole text beside the last one. */
import type { JsonRecord } from '../../../body/shape.ts';
import { isRecord } from '../../../body/shape.ts';
import { at, envelopeOf } from '../carry.ts';
import { type EventKind, everyLane, familyOfNames, laneKey, noLane } from '../event-api.ts';
import type { PathStep } from '../json-spots.ts';
import { mayBeStreamed } from '../running-text.ts';

export const isTokenEvent = (event: JsonRecord): boolean => isRecord(at(event, 'token'));

/** Ids of tokens and their likelihoods spell the text. */
export const spellsTokens = (path: readonly PathStep[]): boolean =>
  (path[0] === 'token' && (path[1] === 'id' || path[1] === 'logprob')) ||
  path[0] === 'top_tokens' ||
  (path[0] === 'details' && (path[1] === 'tokens' || path[1] === 'prefill'));

export const tokenKind: EventKind = {
  ended: (event) => (typeof at(event, 'generated_text') === 'string' ? everyLane : noLane),
  laneOf: (_, { path }) =>
    path.length === 2 && path[0] === 'token' && path[1] === 'text' ? laneKey('token') : undefined,
  familyOf: (_, path) => familyOfNames(path),
  carrierOf: () => (like, text, hide) => ({
    ...Object.fromEntries(Object.entries(envelopeOf(like, hide)).filter(([key]) => key !== 'generated_text')),
    token: { id: null, text, logprob: null, special: false },
    generated_text: null,
    details: null,
  }),
  isStray: (_, path) =>
    path[0] === 'token' ? mayBeStreamed(path.slice(1)) : !completeKeys.has(path[0] ?? '') && mayBeStreamed(path),
};

const completeKeys: ReadonlySet<PathStep> = new Set(['generated_text', 'details']);
