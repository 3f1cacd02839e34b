/** Arguments of tools are JSON in a string, piece by piece: what was JSON is JSON, and nothing of a value is left in it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReadApi } from '../../policy/policy.ts';
import { mask } from './masked.testing.ts';
import { dig, eventsOf, joinedAt, type Sent, sse } from './wire.testing.ts';

const card = '4111111111111111';
const sent = `{"cards":[ ${card} ,\\t${card}],"customer_name":"Ann\\nLee","note":"a\\u0034\\n536-22-8841\\\\536-22-8841 \\"x\\"","n":${card} }`;
const args = sent.replace('\\t', '\t');
const nines = Number('9999999999991111');
const hidden = {
  cards: [nines, nines],
  note: 'a4\n***-**-****\\***-**-**** "x"',
  n: nines,
};

interface Stream {
  readonly api: ReadApi;
  readonly piece: (text: string) => Sent;
  readonly last: readonly Sent[];
  readonly read: (events: readonly Sent[]) => string;
}
const chatPath = ['choices', 0, 'delta', 'tool_calls', 0, 'function', 'arguments'] as const;
const streams: Readonly<Record<string, Stream>> = {
  'OpenAI chat': {
    api: 'openai',
    piece: (text) => ({
      choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: text } }] } }],
    }),
    last: [{ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }],
    read: (events) => joinedAt(events, ...chatPath),
  },
  'OpenAI Responses': {
    api: 'openai',
    piece: (delta) => ({ type: 'response.function_call_arguments.delta', output_index: 0, delta }),
    last: [{ type: 'response.function_call_arguments.done', output_index: 0, arguments: args }],
    read: (events) => joinedAt(events, 'delta'),
  },
  Anthropic: {
    api: 'anthropic',
    piece: (text) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'input_json_delta', partial_json: text },
    }),
    last: [{ type: 'content_block_stop', index: 0 }],
    read: (events) => joinedAt(events, 'delta', 'partial_json'),
  },
};

for (const [name, { api, piece, last, read }] of Object.entries(streams)) {
  describe(name, () => {
    const masked = (pieces: readonly string[]): readonly Sent[] =>
      eventsOf(mask(api, sse([...pieces.map(piece), ...last], false)).text);
    const whole = read(masked([args]));

    it('what is masked in the arguments of a tool leaves JSON', () => {
      const { customer_name: customer, ...others } = JSON.parse(whole);
      assert.deepEqual(others, hidden);
      assert.doesNotMatch(customer, /[A-Za-z]/);
    });
    it('the same for every cut in two, and one character an event', () => {
      for (let at = 1; at < args.length; at++) {
        assert.equal(read(masked([args.slice(0, at), args.slice(at)])), whole);
      }
      assert.equal(read(masked(Array.from(args))), whole);
    });
    it('the same where they are said again', () => {
      for (const event of masked([args])) {
        const again = dig(event, 'arguments');
        if (again !== undefined) assert.equal(again, whole);
      }
    });
  });
}
