import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BodyFacts, ReadApi } from '../policy/policy.ts';
import { readFacts } from './facts.ts';

const read = (api: ReadApi, path: string, body: unknown) =>
  readFacts({ api, path, direction: 'request', contentType: '' }, new TextEncoder().encode(JSON.stringify(body)));

function facts(api: ReadApi, path: string, body: unknown): Omit<BodyFacts, 'bytes'> & { readonly logprobs: boolean } {
  const result = read(api, path, body);
  assert.ok(result.ok, result.ok ? '' : result.error.reason);
  const { bytes, ...known } = result.value.facts;
  assert.ok(bytes > 0n);
  return { ...known, logprobs: result.value.asksForLogprobs };
}
const refused = (api: ReadApi, path: string, body: unknown): string => {
  const result = read(api, path, body);
  return result.ok ? 'accepted' : result.error.reason;
};
const none = { rows: 1n, model: '', stream: false, max_tokens: 0n, n: 1n, logprobs: false };
const message = { role: 'user', content: 'hi' };

describe('OpenAI', () => {
  it('completions: a prompt, its tokens, or a list of either', () => {
    const rows = (prompt: unknown): bigint => facts('openai', '/v1/completions', { prompt }).rows;
    assert.deepEqual([rows('a'), rows(['a', 'b']), rows([1, 2, 3]), rows([[1], [2]])], [1n, 2n, 1n, 2n]);
    for (const prompt of [undefined, 7, [], [true], [['a']]]) {
      assert.equal(refused('openai', '/v1/completions', { prompt }), 'prompt_not_an_input');
    }
  });
  it('completions: the answers that are made count, not only those that are given', () => {
    assert.equal(facts('openai', '/v1/completions', { prompt: 'a', n: 2, best_of: 8 }).n, 8n);
  });
  it('responses: items of the input, tokens of the output', () => {
    const body = { model: 'm', input: [message, message], stream: true, max_output_tokens: 7 };
    assert.deepEqual(facts('openai', '/v1/responses', body), {
      ...none,
      rows: 2n,
      model: 'm',
      stream: true,
      max_tokens: 7n,
    });
    assert.equal(facts('openai', '/v1/responses', { input: 'hi' }).rows, 1n);
  });
  it('responses: asking for log probabilities is seen in each spelling', () => {
    for (const more of [{ include: ['message.output_text.logprobs'] }, { top_logprobs: 1 }]) {
      assert.equal(facts('openai', '/v1/responses', { input: 'hi', ...more }).logprobs, true);
    }
    assert.equal(
      facts('openai', '/v1/responses', { input: 'hi', include: ['reasoning.encrypted_content'] }).logprobs,
      false,
    );
  });
  it('embeddings: texts of the input', () => {
    assert.deepEqual(facts('openai', '/v1/embeddings', { model: 'e', input: ['a', 'b', 'c'] }), {
      ...none,
      rows: 3n,
      model: 'e',
    });
  });
  it('an operation that is not known: what all have in common, rows by the longest list', () => {
    const body = { model: 'r', query: 'q', documents: ['a', 'b', 'c'], tags: ['x'] };
    assert.deepEqual(facts('openai', '/v1/rerank', body), { ...none, rows: 3n, model: 'r' });
    assert.equal(refused('openai', '/v1/rerank', { Model: 'r' }), 'member_spelled_otherwise');
  });
});

describe('Anthropic', () => {
  it('messages', () => {
    const body = { model: 'm', max_tokens: 9, stream: true, messages: [message, message] };
    assert.deepEqual(facts('anthropic', '/v1/messages', body), {
      ...none,
      rows: 2n,
      model: 'm',
      stream: true,
      max_tokens: 9n,
    });
    assert.equal(facts('anthropic', '/v1/messages/count_tokens', { model: 'm', messages: [message] }).rows, 1n);
    assert.equal(refused('anthropic', '/v1/messages', { model: 'm' }), 'messages_not_a_list');
    assert.equal(
      refused('anthropic', '/v1/messages', { Max_Tokens: 1, messages: [message] }),
      'member_spelled_otherwise',
    );
  });
  it('a batch: rows are requests, all of one model, the largest limit counts', () => {
    const one = (model: string, max_tokens: number) => ({
      custom_id: 'x',
      params: { model, max_tokens, messages: [message] },
    });
    const path = '/v1/messages/batches';
    const batch = facts('anthropic', path, { requests: [one('m', 5), one('m', 50), one('m', 1)] });
    assert.deepEqual(batch, { ...none, rows: 3n, model: 'm', max_tokens: 50n });
    assert.equal(refused('anthropic', path, { requests: [one('m', 5), one('other', 5)] }), 'models_differ');
    assert.equal(refused('anthropic', path, { requests: [{ Params: {} }] }), 'member_spelled_otherwise');
    assert.equal(refused('anthropic', path, { requests: [] }), 'requests_not_a_list');
  });
  it('completions of old', () => {
    const body = { model: 'm', prompt: 'a', max_tokens_to_sample: 4 };
    assert.deepEqual(facts('anthropic', '/v1/complete', body), { ...none, model: 'm', max_tokens: 4n });
  });
});

describe('Gemini', () => {
  const path = '/v1beta/models/gemini-3.5-flash:streamGenerateContent';
  const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];

  it('model and stream stand in the path, limits in either spelling of protobuf', () => {
    for (const body of [
      { contents, generationConfig: { maxOutputTokens: 9, candidateCount: 2 } },
      { contents, generation_config: { max_output_tokens: 9, candidate_count: 2 } },
    ]) {
      const expected = { ...none, model: 'gemini-3.5-flash', stream: true, max_tokens: 9n, n: 2n };
      assert.deepEqual(facts('gemini', path, body), expected);
    }
  });
  it('two spellings at once are refused', () => {
    const twice = { contents, generationConfig: {}, generation_config: {} };
    assert.equal(refused('gemini', path, twice), 'member_spelled_otherwise');
    const inside = { contents, generationConfig: { maxOutputTokens: 1, max_output_tokens: 9 } };
    assert.equal(refused('gemini', path, inside), 'member_spelled_otherwise');
  });
  it('another model in the body than in the path is refused', () => {
    assert.equal(facts('gemini', path, { contents, model: 'models/gemini-3.5-flash' }).model, 'gemini-3.5-flash');
    assert.equal(refused('gemini', path, { contents, model: 'models/other' }), 'models_differ');
  });
  it('log probabilities', () => {
    assert.equal(facts('gemini', path, { contents, generationConfig: { responseLogprobs: true } }).logprobs, true);
  });
  it('batches of embeddings are rows', () => {
    const batch = '/v1beta/models/e:batchEmbedContents';
    assert.equal(facts('gemini', batch, { requests: [{ content: {} }, { content: {} }] }).rows, 2n);
    assert.equal(refused('gemini', batch, {}), 'requests_not_a_list');
    assert.equal(refused('gemini', path, {}), 'contents_not_a_list');
  });
});

describe('Ollama', () => {
  it('streams unless it is told not to', () => {
    const ask = (more: object) => facts('ollama', '/api/chat', { model: 'm', messages: [message], ...more });
    assert.deepEqual(ask({}), { ...none, model: 'm', stream: true });
    assert.equal(ask({ stream: null }).stream, true);
    assert.equal(ask({ stream: false }).stream, false);
    assert.equal(facts('ollama', '/api/generate', { model: 'm', prompt: 'a' }).stream, true);
    assert.equal(facts('ollama', '/api/embed', { model: 'm', input: ['a', 'b'] }).stream, false);
  });
  it('limits stand in options; a negative one is none', () => {
    const tokens = (num_predict: unknown) => facts('ollama', '/api/generate', { options: { num_predict } }).max_tokens;
    assert.deepEqual([tokens(5), tokens(-1), tokens(null)], [5n, 0n, 0n]);
    assert.equal(refused('ollama', '/api/generate', { options: { Num_Predict: 9 } }), 'options_not_an_object');
    assert.equal(refused('ollama', '/api/generate', { options: { num_predict: 0.5 } }), 'num_predict_not_a_count');
  });
  it('rows: messages, none where a model is only loaded, texts to embed', () => {
    assert.equal(facts('ollama', '/api/chat', { model: 'm', messages: [] }).rows, 0n);
    assert.equal(facts('ollama', '/api/embed', { model: 'm', input: ['a', 'b'] }).rows, 2n);
    assert.equal(refused('ollama', '/api/chat', { messages: 'hi' }), 'messages_not_a_list');
  });
});

describe('Triton’s generate', () => {
  it('the path says whether it streams, limits stand at the top or in parameters', () => {
    const body = { text_input: 'hi', parameters: { max_tokens: 9 } };
    assert.deepEqual(facts('open-inference-v2', '/v2/models/m/generate', body), { ...none, max_tokens: 9n });
    const more = { text_input: 'hi', max_tokens: 90, parameters: { max_tokens: 9 } };
    assert.deepEqual(facts('open-inference-v2', '/v2/models/m/generate_stream', more), {
      ...none,
      stream: true,
      max_tokens: 90n,
    });
  });
  it('a tensor of texts has rows', () => {
    assert.equal(facts('open-inference-v2', '/v2/models/m/generate', { text_input: ['a', 'b'] }).rows, 2n);
  });
});
