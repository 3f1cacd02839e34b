import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ReadApi } from '../policy/policy.ts';
import { readFacts } from './facts.ts';

const encoder = new TextEncoder();
const chat = '/v1/chat/completions';
const infer = '/v2/models/m/infer';

const read = (api: ReadApi, body: unknown, path = '/') =>
  readFacts(
    { api, path, direction: 'request', contentType: '' },
    encoder.encode(typeof body === 'string' ? body : JSON.stringify(body)),
  );
function facts(api: ReadApi, body: unknown, path = '/') {
  const result = read(api, body, path);
  assert.ok(result.ok, result.ok ? '' : result.error.reason);
  return result.value;
}
const refused = (api: ReadApi, body: unknown, path: string): string => {
  const result = read(api, body, path);
  return result.ok ? 'accepted' : `${result.error.code} ${result.error.reason}`;
};

describe('OpenAI chat completions', () => {
  const message = { role: 'user', content: 'hi' };
  const ask = (more: object = {}) => ({ model: 'demo', messages: [message, message], ...more });

  it('messages are rows; integers are bigint', () => {
    const body = JSON.stringify(ask({ stream: true, max_tokens: 5, n: 2 }));
    assert.deepEqual(facts('openai', body, chat), {
      facts: { bytes: BigInt(body.length), rows: 2n, model: 'demo', stream: true, max_tokens: 5n, n: 2n },
      asksForLogprobs: false,
    });
  });
  it('absent and null are the same', () => {
    const { facts: read } = facts('openai', ask({ stream: null, max_tokens: null, n: null, model: null }), chat);
    assert.deepEqual({ ...read, bytes: 0n }, { bytes: 0n, rows: 2n, model: '', stream: false, max_tokens: 0n, n: 1n });
  });
  it('of two limits of tokens the larger counts', () => {
    for (const limits of [
      { max_tokens: 5, max_completion_tokens: 9 },
      { max_tokens: 9, max_completion_tokens: 5 },
    ]) {
      assert.equal(facts('openai', ask(limits), chat).facts.max_tokens, 9n);
    }
  });
  it('asking for logprobs is seen, in each spelling', () => {
    for (const more of [{ logprobs: true }, { logprobs: 0 }, { top_logprobs: 2 }]) {
      assert.equal(facts('openai', ask(more), chat).asksForLogprobs, true);
    }
    assert.equal(facts('openai', ask({ logprobs: false, top_logprobs: 0 }), chat).asksForLogprobs, false);
  });
  const wrong: readonly (readonly [name: string, body: unknown, reason: string])[] = [
    ['a list', [ask()], 'body_not_an_object'],
    ['no messages', { model: 'demo' }, 'messages_not_a_list'],
    ['empty messages', ask({ messages: [] }), 'messages_not_a_list'],
    ['messages that look like a list', ask({ messages: { length: 3 } }), 'messages_not_a_list'],
    ['a message without role', ask({ messages: [{ content: 'x' }] }), 'message_without_role'],
    ['stream as a word', ask({ stream: 'true' }), 'stream_not_boolean'],
    ['stream as a number', ask({ stream: 1 }), 'stream_not_boolean'],
    ['a fraction of choices', ask({ n: 1.5 }), 'n_not_a_count'],
    ['negative tokens', ask({ max_tokens: -1 }), 'max_tokens_not_a_count'],
    ['tokens as a word', ask({ max_tokens: '5' }), 'max_tokens_not_a_count'],
    ['more than a double holds', ask({ n: 2 ** 53 }), 'n_not_a_count'],
    ['a model that is a list', ask({ model: ['demo'] }), 'model_not_a_string'],
    ['logprobs as a word', ask({ logprobs: 'yes' }), 'logprobs_not_boolean'],
  ];
  for (const [name, body, reason] of wrong) {
    it(`refused: ${name}`, () => assert.equal(refused('openai', body, chat), `ERR_BODY_SHAPE ${reason}`));
  }
});

describe('Open Inference v2', () => {
  const tensor = (shape: unknown, data: unknown, more: object = {}) => ({
    name: 'x',
    datatype: 'FP32',
    shape,
    data,
    ...more,
  });
  const ask = (...inputs: unknown[]) => ({ id: '1', inputs });

  it('rows are the largest first dimension, data flat or nested', () => {
    const body = ask(
      tensor([2, 2], [1, 2, 3, 4]),
      tensor(
        [3, 2],
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ),
      tensor([1], ['a'], { datatype: 'BYTES' }),
    );
    assert.equal(facts('open-inference-v2', body, infer).facts.rows, 3n);
    assert.equal(facts('open-inference-v2', ask(tensor([0, 4], [])), infer).facts.rows, 0n);
  });
  const shape: readonly (readonly [name: string, body: unknown, reason: string])[] = [
    ['no inputs', { inputs: [] }, 'inputs_not_a_list'],
    ['a list', [tensor([1], [1])], 'body_not_an_object'],
    ['an input without a name', ask({ ...tensor([1], [1]), name: undefined }), 'input_without_name'],
    ['an input without a datatype', ask({ ...tensor([1], [1]), datatype: undefined }), 'input_without_datatype'],
    ['no shape', ask(tensor(undefined, [1])), 'shape_not_dimensions'],
    ['a shape without dimensions', ask(tensor([], [1])), 'shape_not_dimensions'],
    ['a dimension that is open', ask(tensor([-1], [1])), 'shape_not_dimensions'],
    ['a dimension as a word', ask(tensor(['1'], [1])), 'shape_not_dimensions'],
    ['no data', ask(tensor([1], undefined)), 'data_not_a_list'],
    ['fewer rows in the shape than in the data', ask(tensor([1, 2], [1, 2, 3, 4])), 'shape_disagrees_with_data'],
    [
      'the same count in another shape',
      ask(
        tensor(
          [1, 4],
          [
            [1, 2],
            [3, 4],
          ],
        ),
      ),
      'shape_disagrees_with_data',
    ],
    ['ragged rows', ask(tensor([2, 2], [[1, 2, 3], [4]])), 'shape_disagrees_with_data'],
    ['a list among numbers', ask(tensor([2], [1, [2]])), 'shape_disagrees_with_data'],
    ['objects for numbers', ask(tensor([1], [{}])), 'shape_disagrees_with_data'],
    [
      'a shape of 55,000 huge dimensions, whose product blocks for seconds',
      ask(tensor(Array(55_000).fill(2 ** 53 - 1), [])),
      'shape_of_too_many_dimensions',
    ],
    ['more dimensions than an array has', ask(tensor(Array(33).fill(1), [1])), 'shape_of_too_many_dimensions'],
    ['huge dimensions for one element', ask(tensor(Array(32).fill(2 ** 53 - 1), [1])), 'shape_disagrees_with_data'],
    ['huge dimensions for nothing', ask(tensor(Array(32).fill(2 ** 53 - 1), [])), 'shape_disagrees_with_data'],
    ['a product beyond any integer', ask(tensor([2 ** 52, 2 ** 52], [1])), 'shape_disagrees_with_data'],
    ['outputs that are no list', { ...ask(tensor([1], [1])), outputs: {} }, 'outputs_not_a_list'],
  ];
  for (const [name, body, reason] of shape) {
    it(`refused: ${name}`, () => assert.equal(refused('open-inference-v2', body, infer), `ERR_BODY_SHAPE ${reason}`));
  }
  it('as many dimensions as an array has are read, flat and nested', () => {
    const nested: unknown = JSON.parse(`${'['.repeat(32)}1${']'.repeat(32)}`);
    for (const data of [[1], nested]) {
      assert.equal(facts('open-inference-v2', ask(tensor(Array(32).fill(1), data)), infer).facts.rows, 1n);
    }
  });
  it('flat data is accepted exactly when the product of the shape is its length', () => {
    const dimension = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(2 ** 26, 2 ** 32, 2 ** 53 - 1));
    fc.assert(
      fc.property(fc.array(dimension, { minLength: 1, maxLength: 5 }), fc.nat({ max: 12 }), (shape, length) => {
        const product = shape.reduce((elements, next) => elements * BigInt(next), 1n);
        const result = read('open-inference-v2', ask(tensor(shape, Array(length).fill(1))), infer);
        assert.equal(result.ok, product === BigInt(length));
      }),
      { numRuns: 300 },
    );
  });
  it('tensors that are neither in the JSON nor behind it are refused, asked for or sent', () => {
    const outside = (body: unknown) =>
      assert.match(refused('open-inference-v2', body, infer), /^ERR_BODY_BINARY_TENSORS/);
    outside(ask(tensor([1], undefined, { parameters: { binary_data_size: 4 } })));
    outside(ask(tensor([1], [1], { parameters: { shared_memory_region: 'r' } })));
    outside({ ...ask(tensor([1], [1])), outputs: [{ name: 'y', parameters: { shared_memory_region: 'r' } }] });
  });
  it('outputs may be asked for behind the JSON, or not', () => {
    for (const binary_data of [true, false]) {
      const body = { ...ask(tensor([1], [1])), outputs: [{ name: 'y', parameters: { binary_data } }] };
      assert.equal(facts('open-inference-v2', body, infer).facts.rows, 1n);
    }
    const all = { ...ask(tensor([1], [1])), parameters: { binary_data_output: true } };
    assert.equal(facts('open-inference-v2', all, infer).facts.rows, 1n);
  });
});

describe('JSON and text', () => {
  it('JSON rows are the length of a list, else one', () => {
    for (const [body, rows] of [
      ['[1,2,3]', 3n],
      ['[]', 0n],
      ['{"a":[1,2]}', 1n],
      ['"x"', 1n],
    ] as const) {
      assert.equal(facts('json', body).facts.rows, rows);
    }
  });
  it('JSON that is not strict is refused for every JSON api', () => {
    for (const api of ['json', 'openai', 'open-inference-v2'] as const) {
      assert.equal(refused(api, '{"a":1,"a":2}', chat), 'ERR_BODY_JSON duplicate_key');
    }
  });
  it('text rows are lines, whatever ends them', () => {
    for (const [body, rows] of [
      ['', 0n],
      ['a', 1n],
      ['a\n', 1n],
      ['a\r\nb\rc\nd', 4n],
      ['\n\n', 2n],
      ['\n\r', 2n],
      ['\r\r\n', 2n],
      ['é\u2028\u0085', 1n],
    ] as const) {
      assert.equal(facts('text', body).facts.rows, rows);
    }
  });
  it('text that is no UTF-8 is refused', () => {
    assert.equal(
      readFacts({ api: 'text', path: '/', direction: 'request', contentType: '' }, new Uint8Array([0xff])).ok,
      false,
    );
  });
});
