import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ReadApi } from '../policy/policy.ts';
import { type TokenUsage, UsageReader } from './token-usage.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function usageOf(api: ReadApi, text: string, cut = text.length): TokenUsage | undefined {
  const reader = UsageReader.of(api);
  const all = bytes(text);
  for (let offset = 0; offset < all.length; offset += cut) reader?.push(all.slice(offset, offset + cut));
  return reader?.end();
}

const openai = JSON.stringify({
  choices: [{ message: { role: 'assistant', content: 'She said "usage":{"prompt_tokens":99}' } }],
  usage: { prompt_tokens: 12, completion_tokens: 34, total_tokens: 46, prompt_tokens_details: { cached_tokens: 3 } },
  system_fingerprint: 'fp',
});
const openaiStream = [
  'data: {"choices":[{"delta":{"content":"a"}}],"usage":null}',
  'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}',
  'data: [DONE]',
  '',
].join('\n\n');
const anthropicStream = [
  'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":25,"output_tokens":1}}}',
  ...Array.from({ length: 400 }, () => 'data: {"type":"content_block_delta","delta":{"text":"hello"}}'),
  'data: {"type":"message_delta","delta":{},"usage":{"output_tokens":15}}',
  'data: {"type":"message_stop"}',
  '',
].join('\n\n');
const ollama = '{"message":{"content":"a"},"done":false}\n{"done":true,"prompt_eval_count":26,"eval_count":298}\n';

describe('the tokens that an answer names', () => {
  const cases: readonly (readonly [string, ReadApi, string, TokenUsage | undefined])[] = [
    ['OpenAI', 'openai', openai, { promptTokens: 12, completionTokens: 34, totalTokens: 46 }],
    ['OpenAI, streamed', 'openai', openaiStream, { promptTokens: 5, completionTokens: 7, totalTokens: 12 }],
    [
      'OpenAI Responses',
      'openai',
      '{"output":[],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3},"user":null}',
      { promptTokens: 1, completionTokens: 2, totalTokens: 3 },
    ],
    [
      'Anthropic, streamed: at its beginning and at its end',
      'anthropic',
      anthropicStream,
      { promptTokens: 25, completionTokens: 15 },
    ],
    [
      'Gemini',
      'gemini',
      '{"candidates":[],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":5,"totalTokenCount":9},"modelVersion":"g"}',
      { promptTokens: 4, completionTokens: 5, totalTokens: 9 },
    ],
    ['Ollama', 'ollama', ollama, { promptTokens: 26, completionTokens: 298 }],
    ['none are named', 'openai', '{"choices":[]}', undefined],
    ['an empty answer', 'openai', '', undefined],
    ['an API that names none', 'json', openai, undefined],
  ];
  for (const [what, api, text, expected] of cases) {
    test(what, () => {
      assert.deepEqual(usageOf(api, text), expected);
      assert.deepEqual(usageOf(api, text, 7), expected, 'in pieces of 7 bytes');
    });
  }

  test('text of the model that looks like them is none', () => {
    const content = 'x","usage":{"prompt_tokens":99,"completion_tokens":98}';
    assert.equal(usageOf('openai', JSON.stringify({ choices: [{ message: { content } }] })), undefined);
    assert.equal(usageOf('ollama', JSON.stringify({ message: { content: '"eval_count": 7' } })), undefined);
  });

  test('a number that could be somebody’s is no count', () => {
    for (const count of ['123456789', '-1', '1.5', '"078051120"', '1e3'.replace('1e3', '4111111111111111')]) {
      assert.equal(usageOf('openai', `{"usage":{"prompt_tokens":${count}}}`), undefined, count);
    }
  });

  test('of any bytes in any pieces: the same, and only counts', () => {
    const part = fc.constantFrom('"usage"', ':', '{', '}', '"prompt_tokens":1', ',', '\\', '"eval_count":2', 'é', ' ');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (parts, cut) => {
        const text = parts.join('');
        const whole = usageOf('openai', text);
        assert.deepEqual(usageOf('openai', text, cut), whole);
        for (const count of Object.values(whole ?? {})) assert.ok(Number.isSafeInteger(count) && count >= 0);
      }),
      { numRuns: 300 },
    );
  });
});
