/** Which masker the answer of an API with events gets. Clients read events whatever they are called, so the first byte decides. */
import type { BodyKind } from '../../body/body-kind.ts';
import { isEventStream, isJsonLines, isJsonSequence } from '../../body/media-type.ts';
import type { ReadApi } from '../../policy/policy.ts';
import type { Detector } from '../detector.ts';
import type { FieldRules } from '../fields/field-rules.ts';
import { FlatMasker } from '../flat.ts';
import type { BodyMasker } from '../masker.ts';
import { SniffingMasker } from '../sniff.ts';
import { trippingKeys } from '../tripwire.ts';
import { anthropicEvents } from './apis/anthropic.ts';
import { geminiEvents } from './apis/gemini.ts';
import { ollamaEvents } from './apis/ollama.ts';
import { openAiEvents } from './apis/openai.ts';
import { tritonEvents } from './apis/triton.ts';
import type { EventApi } from './event-api.ts';
import { JsonStreamMasker } from './json-stream.ts';
import { SseStreamMasker } from './sse-stream.ts';

export interface AnswerMaskers {
  readonly once: Detector;
  /** Also finds members that spell a text a second time, where nothing is parsed. */
  readonly twice: Detector;
  /** With field rules, a document is read value by value by `documents`; members of these names are blotted there. */
  readonly fields: FieldRules | undefined;
  readonly documents: (spelling: ReadonlySet<string>) => BodyMasker;
}

/** Undefined: an API whose answers are never events. */
export function answerMasker(
  { api, contentType, path }: BodyKind,
  { once, twice, fields, documents }: AnswerMaskers,
  eventBytes: number,
): BodyMasker | undefined {
  const events = eventApis[api];
  if (events === undefined) return undefined;
  const spellsOnce = events === tritonEvents;
  const unparsed = (): BodyMasker =>
    fields === undefined
      ? new FlatMasker(spellsOnce ? once : twice, true)
      : documents(spellsOnce ? new Set() : new Set(trippingKeys));
  const isStream = isJsonLines(contentType) || isJsonSequence(contentType);
  const json = (isValue: boolean): BodyMasker =>
    (isValue || isStream) && readsValues(api, path)
      ? new JsonStreamMasker(events, once, { eventBytes, isStream, unparsed, fields })
      : unparsed();
  return new SniffingMasker(
    isEventStream(contentType),
    () => new SseStreamMasker(events, once, eventBytes, fields),
    json,
  );
}

const eventApis: Readonly<Partial<Record<ReadApi, EventApi>>> = {
  openai: openAiEvents,
  anthropic: anthropicEvents,
  gemini: geminiEvents,
  ollama: ollamaEvents,
  'open-inference-v2': tritonEvents,
};

export const hasEvents = (api: ReadApi): boolean => eventApis[api] !== undefined;

/** What is only ever one document, and may be a long one of numbers, is not parsed. */
const documents: Readonly<Partial<Record<ReadApi, RegExp>>> = {
  openai: /^/,
  'open-inference-v2': /^/,
  gemini: /:(?:embedContent|batchEmbedContents|asyncBatchEmbedContent)$/,
  ollama: /\/api\/(?:embed|embeddings|tags|show|ps|version)$/,
};
const readsValues = (api: ReadApi, path: string): boolean => documents[api]?.test(path) !== true;
