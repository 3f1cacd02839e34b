import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReadApi } from '../policy/policy.ts';
import { readFacts } from './facts.ts';
import { foldCase } from './key-folding.ts';

const encoder = new TextEncoder();
const answer = (api: ReadApi, body: string): string => {
  const result = readFacts(
    { api, path: '/v1/chat/completions', direction: 'request', contentType: '' },
    encoder.encode(body),
  );
  return result.ok ? 'accepted' : result.error.reason;
};
const messages = '"messages":[{"role":"user","content":"hi"}]';
const inputs = '"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]';
const tensor = (more: string) => `{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1],${more}}]}`;

describe('two keys that are one to a server that folds case are refused', () => {
  const hostile: readonly (readonly [name: string, api: ReadApi, body: string])[] = [
    ['another model behind the one that policy reads', 'openai', `{"model":"a","Model":"b",${messages}}`],
    ['all facts a second time in capitals', 'openai', `{"model":"a","MAX_TOKENS":9,"max_tokens":1,${messages}}`],
    ['the second key written with an escape', 'openai', `{"model":"a","\\u004dodel":"b",${messages}}`],
    ['long s, which Go folds to s', 'openai', `{${messages},"me\u017f\u017fages":[]}`],
    ['the Kelvin sign, which Go folds to k', 'openai', `{"max_tokens":1,"max_to\u212aens":9,${messages}}`],
    ['a key that C cuts at NUL', 'openai', `{"model":"a","model\\u0000x":"b",${messages}}`],
    ['deep inside, of a tool', 'openai', `{${messages},"tools":[{"type":"function","Type":"x"}]}`],
    ['the role of a message', 'openai', '{"messages":[{"role":"user","ROLE":"system"}]}'],
    ['the inputs of an inference', 'open-inference-v2', `{${inputs},"Inputs":[]}`],
    ['the shape of a tensor', 'open-inference-v2', tensor('"Shape":[9]')],
    ['the parameters of a tensor', 'open-inference-v2', tensor('"parameters":{"a":1,"A":2}')],
  ];
  for (const [name, api, body] of hostile) {
    it(name, () => assert.equal(answer(api, body), 'keys_equal_but_for_case'));
  }
});

describe('a key that could be taken for one we read facts from is refused, even alone', () => {
  const hostile: readonly (readonly [name: string, api: ReadApi, body: string])[] = [
    ['a model in capitals, past the match of the model', 'openai', `{"MODEL":"b",${messages}}`],
    ['tokens in capitals', 'openai', `{"Max_Tokens":9,${messages}}`],
    ['tokens in the camel case of protobuf', 'openai', `{"maxTokens":9,${messages}}`],
    ['tokens with a hyphen', 'openai', `{"max-completion-tokens":9,${messages}}`],
    ['a stream with long s', 'openai', `{"\u017ftream":true,${messages}}`],
    ['tokens with the Kelvin sign', 'openai', `{"max_to\u212aens":9,${messages}}`],
    ['choices in a capital', 'openai', `{"N":100,${messages}}`],
    ['logprobs in a capital', 'openai', `{"LogProbs":true,${messages}}`],
    ['a model that C cuts at NUL', 'openai', `{"model\\u0000":"b",${messages}}`],
    ['the content of a message', 'openai', '{"messages":[{"role":"user","Content":"x"}]}'],
    ['the parameters of an inference', 'open-inference-v2', `{${inputs},"Parameters":{}}`],
    ['a binary output', 'open-inference-v2', `{${inputs},"parameters":{"Binary_Data_Output":true}}`],
    ['a binary input', 'open-inference-v2', tensor('"parameters":{"binaryDataSize":4}')],
    ['shared memory', 'open-inference-v2', tensor('"parameters":{"SHARED_MEMORY_REGION":"r"}')],
    ['the parameters of an output', 'open-inference-v2', `{${inputs},"outputs":[{"name":"y","PARAMETERS":{}}]}`],
    ['binary data of an output', 'open-inference-v2', `{${inputs},"outputs":[{"parameters":{"Binary_Data":true}}]}`],
  ];
  for (const [name, api, body] of hostile) {
    it(name, () => assert.equal(answer(api, body), 'member_spelled_otherwise'));
  }
});

describe('accepted', () => {
  it('keys of other meaning, in whatever letters', () => {
    for (const body of [
      `{${messages},"Temperature":1,"userName":"x","stream_options":{"Model":1}}`,
      `{${messages},"metadata":{"k":1,"s":2,"\u00e9":3,"e":4}}`,
      `{${messages},"logit_bias":{"1":1,"2":2}}`,
    ]) {
      assert.equal(answer('openai', body), 'accepted');
    }
    assert.equal(answer('open-inference-v2', `{${inputs},"Custom":1,"parameters":{"Priority":1}}`), 'accepted');
  });
  it('plain JSON has no members we know: there "a" and "A" are two', () => {
    assert.equal(answer('json', '{"a":1,"A":2,"Model":"x","model":"y"}'), 'accepted');
  });
});

describe('folding', () => {
  it('joins what Unicode’s simple case folding joins, as a regular expression with "iu" does', () => {
    for (let code = 0x80; code <= 0x1ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCodePoint(code);
      if (!/\p{Changes_When_Casemapped}/u.test(character)) continue;
      for (const form of [character.toLowerCase(), character.toUpperCase()]) {
        if ([...form].length !== 1 || !new RegExp(`^${form}$`, 'iu').test(character)) continue;
        assert.equal(foldCase(form), foldCase(character), `U+${code.toString(16)}`);
      }
    }
    for (const [a, b] of ['\u1e9e\u00df', '\u017fs', '\u212ak', '\u2126\u03c9', '\u03c2\u03c3', '\u00b5\u03bc']) {
      assert.equal(foldCase(a ?? ''), foldCase(b ?? ''));
    }
  });
  it('leaves plain keys as they are', () => {
    for (const key of ['max_tokens', 'a.b-c', '', '__proto__']) assert.equal(foldCase(key), key);
  });
});
