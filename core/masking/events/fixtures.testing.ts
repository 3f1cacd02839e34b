/** Streams of the other APIs; see openai.testing.ts. */
import { inTurn, openAiFixtures, type Pieces, type StreamFixture } from './openai.testing.ts';
import { dig, joinedAt, lines, list, type Sent, sse } from './wire.testing.ts';

const blockMembers = ['thinking', 'text', 'partial_json'] as const;
const blocks = [
  { type: 'thinking', thinking: '', signature: '' },
  { type: 'text', text: '' },
  { type: 'tool_use', id: 'toolu_1', name: 'look_up', input: {} },
];
const blockDeltas = ['thinking_delta', 'text_delta', 'input_json_delta'];
const anthropic: StreamFixture = {
  name: 'Anthropic: thinking, text, a tool',
  api: 'anthropic',
  contentType: 'text/event-stream',
  texts: 3,
  json: 2,
  write: (texts) => {
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 9 },
    };
    const events: Sent[] = [{ type: 'message_start', message }, { type: 'ping' }];
    for (const [index, pieces] of texts.entries()) {
      const member = blockMembers[index] ?? 'text';
      events.push({ type: 'content_block_start', index, content_block: blocks[index] });
      for (const piece of pieces)
        events.push({ type: 'content_block_delta', index, delta: { type: blockDeltas[index], [member]: piece } });
      events.push({ type: 'content_block_stop', index });
    }
    events.push({
      type: 'message_delta',
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { output_tokens: 7 },
    });
    return sse([...events, { type: 'message_stop' }], true);
  },
  read: (events) => {
    const deltas = events.filter((event) => event['type'] === 'content_block_delta');
    return blockMembers.map((member, index) =>
      joinedAt(
        deltas.filter((event) => event['index'] === index),
        'delta',
        member,
      ),
    );
  },
};

const geminiEvents = (texts: readonly Pieces[]): readonly Sent[] => {
  const event = (part: object | undefined, more: object): Sent => ({
    candidates: [{ content: { parts: part === undefined ? [] : [part], role: 'model' }, index: 0, ...more }],
    usageMetadata: { promptTokenCount: 4, totalTokenCount: 12 },
    modelVersion: 'gemini-3.5-flash',
    responseId: 'abc',
  });
  const parts = inTurn(texts, (text, number) => event(number === 0 ? { text, thought: true } : { text }, {}));
  return [...parts, event(undefined, { finishReason: 'STOP' })];
};
const readGemini = (events: readonly Sent[]): readonly string[] => {
  const parts = events
    .flatMap((event) => dig(event, 'candidates', 0, 'content', 'parts'))
    .filter((part) => part !== undefined);
  const said = (thought: boolean): string =>
    parts.map((part) => ((dig(part, 'thought') === true) === thought ? (dig(part, 'text') ?? '') : '')).join('');
  return [said(true), said(false)];
};
const gemini: StreamFixture = {
  name: 'Gemini, server-sent events: a thought and text',
  api: 'gemini',
  contentType: 'text/event-stream',
  texts: 2,
  write: (texts) => sse(geminiEvents(texts), false),
  read: readGemini,
};
const geminiList: StreamFixture = {
  ...gemini,
  name: 'Gemini, one list bit by bit',
  contentType: 'application/json; charset=UTF-8',
  write: (texts) => list(geminiEvents(texts)),
};

const ollamaHead: Sent = { model: 'llama', created_at: '2026-11-27T10:00:00.123456Z' };
const ollamaChat: StreamFixture = {
  name: 'Ollama chat: thinking and content',
  api: 'ollama',
  contentType: 'application/x-ndjson',
  texts: 2,
  write: (texts) => {
    const say = (piece: string, text: number): Sent => ({
      ...ollamaHead,
      message: { role: 'assistant', content: '', [text === 0 ? 'thinking' : 'content']: piece },
      done: false,
    });
    const last = {
      ...ollamaHead,
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'stop',
      eval_count: 9,
    };
    return lines([...inTurn(texts, say), last]);
  },
  read: (events) => [joinedAt(events, 'message', 'thinking'), joinedAt(events, 'message', 'content')],
};
const ollamaGenerate: StreamFixture = {
  name: 'Ollama generate, called JSON',
  api: 'ollama',
  contentType: 'application/json',
  texts: 1,
  write: ([pieces = []]) => {
    const say = (response: string): Sent => ({ ...ollamaHead, response, done: false });
    return lines([...pieces.map(say), { ...say(''), done: true, done_reason: 'stop', total_duration: 12345678901 }]);
  },
  read: (events) => [joinedAt(events, 'response')],
};

const textGeneration: StreamFixture = {
  name: 'Text Generation Inference',
  api: 'openai',
  contentType: 'text/event-stream',
  texts: 1,
  write: ([pieces = []]) => {
    const token = (text: string, index: number): Sent => ({
      index,
      token: { id: null, text, logprob: null, special: false },
      generated_text: null,
      details: null,
    });
    const last = { ...token('', pieces.length), generated_text: pieces.join('') };
    return sse([...pieces.map(token), last], false);
  },
  read: (events) => [joinedAt(events, 'token', 'text')],
  repeated: (events) => [[dig(events.at(-1), 'generated_text')]],
};

const triton: StreamFixture = {
  name: 'Triton generate_stream',
  api: 'open-inference-v2',
  contentType: 'text/event-stream',
  texts: 1,
  write: ([pieces = []]) =>
    sse(
      pieces.map((text_output) => ({ model_name: 'vllm', model_version: '1', text_output })),
      false,
    ),
  read: (events) => [joinedAt(events, 'text_output')],
};

export const fixtures: readonly StreamFixture[] = [
  ...openAiFixtures,
  anthropic,
  gemini,
  geminiList,
  ollamaChat,
  ollamaGenerate,
  textGeneration,
  triton,
];
