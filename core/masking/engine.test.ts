import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import type { ReadApi } from '../policy/policy.ts';
import { everyByte, maskInChunks } from './planted.testing.ts';
import { bankProfile, noneProfile } from './profile.ts';

const engine = createMasking();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function mask(api: ReadApi, contentType: string, body: string | Uint8Array, profile = bankProfile) {
  const bytes = typeof body === 'string' ? encoder.encode(body) : body;
  const masker = () =>
    engine.masker({ api, contentType, direction: 'response', path: '' }, profile, { eventBytes: 1024 });
  const whole = maskInChunks(masker(), bytes, []);
  assert.deepEqual(maskInChunks(masker(), bytes, everyByte(bytes.length)), whole, 'byte by byte gives the same');
  return { text: decoder.decode(whole.bytes), faults: whole.summary.faults };
}
const json = (body: string, api: ReadApi = 'json') => mask(api, 'application/json', body);

it('a Buffer, whose slice is no copy, is masked like any bytes, and never written into', () => {
  const text = '{"a":"123-45-6789+49 (30) 901820 4111111111111111 an\\u006e@ex.org"}';
  const masker = () =>
    engine.masker({ api: 'json', contentType: '', direction: 'response', path: '' }, bankProfile, { eventBytes: 1024 });
  const [plain, buffered] = [masker(), masker()];
  for (let at = 0; at < text.length; at += 7) {
    const chunk = Buffer.from(text.slice(at, at + 7));
    const released = buffered.push(chunk);
    assert.deepEqual(Uint8Array.from(released), plain.push(Uint8Array.from(chunk)));
    assert.equal(chunk.toString(), text.slice(at, at + 7));
  }
  assert.deepEqual(Uint8Array.from(buffered.end()), plain.end());
});

describe('JSON stays JSON', () => {
  it('is the input, byte for byte, where nothing matches', () => {
    const body = ' {"a" : [1.50, -0, 1e+2, 12345678901234567, null],\r\n"b":"\\u00e9\\/\\ud83d\\ude00 é 漢 😀 \\\\"} ';
    assert.equal(json(body).text, body);
  });
  it('a card as a bare number becomes a number: digits become 9', () => {
    assert.equal(
      json('{"a":4111111111111111,"b":"4111111111111111"}').text,
      '{"a":9999999999991111,"b":"************1111"}',
    );
  });
  it('quotes and backslashes in strings do not confuse what is a number', () => {
    assert.equal(
      json('{"a":"\\\\\\"","b":4111111111111111,"c":"\\\\"}').text,
      '{"a":"\\\\\\"","b":9999999999991111,"c":"\\\\"}',
    );
  });
  it('a masked character that was written as an escape becomes one star', () => {
    assert.equal(json('{"a":"\\u0031\\u00323-45-6789\\n"}').text, '{"a":"***-**-****\\n"}');
  });
  it('an escaped line end in front hides nothing, at any depth of JSON inside JSON', () => {
    let body = JSON.stringify('\n123-45-6789');
    for (let depth = 0; depth < 4; depth++) {
      const { text } = json(body);
      assert.match(text, /\*\*\*-\*\*-\*\*\*\*/);
      JSON.parse(text);
      body = JSON.stringify({ inner: body });
    }
  });
  it('structure between digits separates them', () => {
    const body = '{"a":[123,45,6789],"b":["123","45-6789"],"415":555,"c":"2671"}';
    assert.equal(json(body).text, body);
  });
  it('member names are masked too', () => assert.equal(json('{"123-45-6789":1}').text, '{"***-**-****":1}'));
});

describe('an OpenAI answer that spells its text a second time', () => {
  const openAi = (body: string) => mask('openai', 'application/json', body);
  it('null logprobs are fine, and so is talk about them', () => {
    const body =
      '{"choices":[{"logprobs":null,"message":{"content":"set \\"logprobs\\": true, a delta"}}],"x":"logprobs"}';
    assert.deepEqual(openAi(body), { text: body, faults: [] });
  });
  it('empty lists of them are fine, as Responses have them in every text', () => {
    for (const list of ['[]', '[ \n ]']) {
      const body = `{"output":[{"content":[{"type":"output_text","logprobs": ${list},"text":"x"}]}],"top_logprobs":0}`;
      assert.deepEqual(openAi(body), { text: body, faults: [] });
    }
    assert.doesNotMatch(openAi('{"logprobs":[ {"token":"6789"}]}').text, /6789/);
    assert.doesNotMatch(openAi(`{"logprobs":[${' '.repeat(17)}{"token":"6789"}]}`).text, /6789/);
  });
  for (const key of ['logprobs', 'prompt_logprobs', 'token_ids', 'prompt_token_ids', 'delta', 'log\\u0070robs']) {
    it(`nothing is legible from a "${key}" on that is not null`, () => {
      const { text, faults } = openAi(`{"a":"b","${key}" : {"token":"6789"},"z":"tail"}`);
      assert.equal(text.startsWith(`{"a":"b","${key}" : {`), true);
      assert.doesNotMatch(text, /6789|tail/);
      assert.deepEqual(faults, ['text_spelled_twice']);
    });
  }
  it('blanks without end are no way around', () => {
    for (const blanks of [5, 16, 17, 40]) {
      assert.doesNotMatch(openAi(`{"logprobs"${' '.repeat(blanks)}:{"token":"6789"}}`).text, /6789/);
      assert.doesNotMatch(openAi(`{"logprobs":${' '.repeat(blanks)}{"token":"6789"}}`).text, /6789/);
    }
  });
});

describe('what cannot be read is blotted or withheld', () => {
  it('from the first byte that is no UTF-8, no letter and no digit is legible', () => {
    const bytes = new Uint8Array([...encoder.encode('ok 12 '), 0xff, ...encoder.encode(' 123-45 tail')]);
    assert.deepEqual(mask('text', 'text/plain', bytes), { text: 'ok 12 * ***-** ****', faults: ['bad_utf8'] });
  });
  it('UTF-16 shows as NUL or as bad UTF-8', () => {
    const utf16 = new Uint8Array([...'4111111111111111'].flatMap((char) => [char.charCodeAt(0), 0]));
    assert.doesNotMatch(mask('text', 'text/plain', utf16).text, /1/);
    assert.deepEqual(mask('text', 'text/plain', utf16).faults, ['nul_byte']);
    assert.deepEqual(mask('text', 'text/plain', new Uint8Array([0xff, 0xfe, ...utf16])).faults, ['bad_utf8']);
  });
  it('a character that the end cuts is blotted', () => {
    assert.deepEqual(mask('text', 'text/plain', new Uint8Array([0x61, 0xe6, 0xbc])), {
      text: 'a**',
      faults: ['bad_utf8'],
    });
  });
  it('another charset is withheld', () => {
    assert.deepEqual(mask('text', 'text/plain; charset=utf-16', 'x'), { text: '', faults: ['charset_not_utf8'] });
  });
  it('an event stream from an API that has none is withheld', () => {
    for (const api of ['json', 'text'] as const) {
      assert.deepEqual(mask(api, 'text/event-stream', 'data: 1\n\n'), {
        text: '',
        faults: ['unexpected_event_stream'],
      });
    }
  });
  it('an event stream that a JSON API sends under another name is withheld too', () => {
    const withheld = { text: '', faults: ['unexpected_event_stream'] };
    assert.deepEqual(mask('json', 'application/json', 'data: 5\n\ndata: 3\n\n'), withheld);
  });
  it('digits without end are masked and not held', () => {
    const masker = engine.masker(
      { api: 'json', contentType: 'application/json', direction: 'response', path: '' },
      bankProfile,
      { eventBytes: 1024 },
    );
    let released = 0;
    for (let i = 0; i < 100; i++) released += masker.push(encoder.encode('1234567890'.repeat(10))).length;
    assert.ok(10_000 - released <= 64, `${released} of 10000 bytes released`);
    assert.doesNotMatch(mask('json', 'application/json', '12345678901234567890123456').text, /[0-8]/);
  });
});

describe('which masker a body gets', () => {
  it('the api decides: a text api is text, a JSON api is JSON whatever its content type', () => {
    assert.equal(mask('text', 'text/plain', '4111111111111111').text, '************1111');
    assert.equal(mask('json', 'text/plain', '[4111111111111111]').text, '[9999999999991111]');
    assert.equal(mask('text', 'application/problem+json', '[4111111111111111]').text, '[9999999999991111]');
  });
  it('openai: the first bytes decide between JSON and events, the content type only where they leave it open', () => {
    assert.equal(mask('openai', 'text/plain', '\n data: {"x":"123-45-6789"}\n\n').faults.length, 1);
    assert.equal(
      mask('openai', 'application/json', 'id: 1\ndata: {"x":"123-45-6789"}\n\n').text,
      'id: 1\ndata: {"x":"***-**-****"}\n\n',
    );
    assert.equal(mask('openai', 'text/event-stream', ' [1,"123-45-6789"]').text, ' [1,"***-**-****"]');
    assert.equal(mask('openai', 'text/html', '<p>down 123-45-6789').text, '<p>down ***-**-****');
    assert.equal(mask('openai', 'text/html', 'error 502').text, 'error 502');
    assert.equal(mask('openai', 'text/event-stream', 'dat').text, '');
  });
  it('none passes the bytes as they are', () => {
    assert.deepEqual(mask('openai', 'text/event-stream', 'data: 123-45-6789', noneProfile), {
      text: 'data: 123-45-6789',
      faults: [],
    });
  });
  it('requests are masked by api alone', () => {
    const masked = maskInChunks(
      engine.masker({ api: 'openai', contentType: '', direction: 'request', path: '' }, bankProfile, {
        eventBytes: 1024,
      }),
      encoder.encode('{"a":"123-45-6789"}'),
      [9],
    );
    assert.equal(decoder.decode(masked.bytes), '{"a":"***-**-****"}');
    assert.deepEqual(masked.summary.counts, { us_ssn: 1 });
  });
});
