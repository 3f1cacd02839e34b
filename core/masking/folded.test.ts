/** Base64 in lines: a value is found wherever the line ends fall, they stay where they are, and no cut changes anything. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import fc from 'fast-check';
import type { ReadApi } from '../policy/policy.ts';
import { testCutAnywhere } from './cut-anywhere.testing.ts';
import { longest } from './encoded.ts';
import { anyPlanted, everyByte, maskFlat, planted } from './planted.testing.ts';
import { bankProfile } from './profile.ts';

const engine = createMasking();
const flat = maskFlat(engine);
const encoder = new TextEncoder();
const mask = (text: string): string => engine.maskText(text, bankProfile).text;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const inLines = (letters: string, width: number, lineEnd: string): string =>
  (letters.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(lineEnd);
const fold = (text: string, width = 76, lineEnd = '\n'): string => inLines(base64(text), width, lineEnd);
/** Words up to `length`. */
const words = (length: number): string => 'all of it was paid on the day. '.repeat(length).slice(0, length);

describe('a value in base64 in lines', () => {
  for (const width of [60, 64, 70, 72, 76, 77, 78, 80, 100]) {
    it(`of ${width} letters, wherever the line ends fall`, () => {
      for (let front = 30; front < 60; front++) {
        const of = (value: string) => `${words(front)} ${value} ${words(40)}`;
        assert.equal(mask(`\n${fold(of('536-22-8841'), width)}\n`), `\n${fold(of('***-**-****'), width)}\n`);
      }
    });
  }
  it('each value, in lines of mail and of PEM', () => {
    for (const { value, masked } of planted) {
      for (const [width, lineEnd] of [
        [64, '\n'],
        [76, '\r\n'],
      ] as const) {
        const of = (text: string) => fold(`${words(45)} ${text} ${words(80)}`, width, lineEnd);
        assert.equal(mask(of(value)), of(masked));
      }
    }
  });
  const of = (value: string): string => `${words(45)} ${value}, ${value}; ${words(300)} ${value}`;
  const plain = of('4111 1111 1111 1111');
  const masked = of('**** **** **** 1111');
  const both = (place: (text: string) => string): readonly [string, string] => [place(plain), place(masked)];
  const places: readonly (readonly [name: string, api: ReadApi, text: string, expected: string])[] = [
    ['a string of JSON', 'json', ...both((text) => JSON.stringify({ data: fold(text), ok: true }))],
    ['a string of JSON, CRLF', 'json', ...both((text) => JSON.stringify({ data: fold(text, 64, '\r\n'), ok: true }))],
    [
      'JSON inside JSON',
      'json',
      ...both((text) => JSON.stringify({ arguments: JSON.stringify({ data: `\n${fold(text, 76, '\r\n')}\n` }) })),
    ],
    ['JSON in a text', 'text', ...both((text) => `got ${JSON.stringify({ data: fold(text, 70) })}`)],
    ['JSON in a text, a line end in front', 'text', ...both((text) => `got "\\n${fold(text, 64, '\\r\\n')}\\n"`)],
    [
      'a string whose line ends are spelled',
      'json',
      ...both((text) => `{"data":"${fold(text, 76, '\\u000d\\u000a')}"}`),
    ],
    ['a block as of PEM', 'text', ...both((text) => `-----BEGIN NOTE-----\n${fold(text, 64)}\n-----END NOTE-----\n`)],
    [
      'a part of a mail',
      'text',
      ...both((text) => `Content-Transfer-Encoding: base64\r\n\r\n${fold(text, 76, '\r\n')}\r\n\r\n--b--\r\n`),
    ],
    ['a data URL', 'text', ...both((text) => `data:text/plain;base64,\n${fold(text)}`)],
    ['lines without padding', 'text', ...both((text) => fold(text).replace(/=+$/, ''))],
    ['base64 of base64', 'text', ...both((text) => fold(`as sent:\n${fold(text)}\n`))],
    ['JSON in it', 'text', ...both((text) => fold(JSON.stringify({ id: words(60), note: text })))],
  ];
  for (const [name, api, text, expected] of places)
    it(name, () => {
      assert.equal(flat(text, api, []), expected);
      assert.equal(flat(text, api, everyByte(text.length)), expected, 'byte by byte');
    });
  it('a last line as long as the others, and a word on the next', () => {
    for (const behind of ['', '\n', '\nname: x', '\nend', '\r\n\r\n', ' ', '"']) {
      const of = (value: string) => `${words(60)}${value}${words(43)}`;
      assert.equal(base64(of('536-22-8841')).length, 2 * 76);
      assert.equal(mask(fold(of('536-22-8841')) + behind), fold(of('***-**-****')) + behind);
    }
  });
  it('counts once, is blocked as a whole, and each line that changes has a place', () => {
    const text = `see\n${fold(of('536-22-8841'))}\n`;
    const { summary, spans } = engine.inspect(text, bankProfile);
    assert.deepEqual(summary.counts, { us_ssn: 3 });
    assert.deepEqual(
      spans.map(([start, end]) => [(start - 4) % 77, end - start]),
      [
        [0, 76],
        [0, 76],
        [0, 50],
      ].map((line, index) => (index < 2 ? line : [0, text.trimEnd().split('\n').at(-1)?.length])),
    );
    const blocking = { ...bankProfile, actions: { default: { kind: 'block' }, of: {} } } as const;
    const blocked = engine.maskText(text, blocking);
    assert.equal(blocked.text, 'see\n');
    assert.deepEqual(blocked.summary.faults, ['blocked_us_ssn']);
  });
  it('with a longer text in its place the last line is longer, and only that', () => {
    const redacting = { ...bankProfile, actions: { default: { kind: 'redact' }, of: {} } } as const;
    const { text } = engine.maskText(`${fold(of('10.2.3.4'), 76, '\r\n')}\r\n`, redacting);
    assert.equal(Buffer.from(text, 'base64').toString(), of('[IP_ADDRESS]'));
    const widths = text.split('\r\n').map(({ length }) => length);
    assert.deepEqual(widths.slice(0, -2), [76, 76, 76, 76, 76, 76, 76].slice(0, widths.length - 2));
    assert.equal(widths.length, fold(of('10.2.3.4')).split('\n').length + 1);
  });
});

describe('lines that look alike, and are no run', () => {
  const hex = (text: string, length: number): string =>
    createHash('sha512').update(text).digest('hex').slice(0, length);
  const list = (of: (index: number) => string): string =>
    Array.from({ length: 40 }, (_, index) => of(index)).join('\n');
  /** Two texts that would be a value in one. */
  const [left, right] = ['the number is 536-22', '-8841, as he said it'];
  const cases: Readonly<Record<string, string>> = {
    'two words': `${'incomprehensibilities'.repeat(3)}\n${'internationalizations'.repeat(3)}`,
    'a list of hashes, SHA-256': list((index) => hex(`${index}`, 64)),
    'a list of hashes, SHA-1': list((index) => hex(`${index}`, 40)),
    'a list of hashes in base64': list((index) => createHash('sha512').update(`${index}`).digest('base64')),
    'a list of identifiers': list((index) => `id${hex(`${index}`, 62)}`),
    'a list of identifiers in capitals': list((index) => `ID${hex(`${index}`, 70)}`.toUpperCase()),
    'two values in base64': `${base64(left)}\n${base64(right)}`,
    'two values in base64, as long as lines are, both with padding': `${base64(words(26) + left)}\n${base64(right + words(26))}`,
    'two values in base64, the second one longer': `${base64(words(28) + left)}\n${base64(right + words(31))}`,
    'two values in base64 with a line between': `${base64(words(28) + left)}\n\n${base64(right + words(28))}`,
    'two values in base64, one of them indented': `${base64(words(28) + left)}\n  ${base64(right + words(28))}`,
    'two values in base64 in a list of JSON': JSON.stringify(
      [base64(words(28) + left), base64(right + words(28))],
      null,
      1,
    ),
    'a key in PEM': `-----BEGIN KEY-----\n${inLines(Buffer.from(hex('a', 128).repeat(9), 'hex').toString('base64'), 64, '\n')}\n-----END KEY-----\n`,
    'a number that a line end makes shorter': fold(`${words(57 + 46)}536-22-88417, ${words(200)}`),
    'base64 that ends where another begins': `${fold(`${words(200)}${left}`)}\n${base64(right + words(100))}`,
  };
  for (const [name, text] of Object.entries(cases))
    it(name, () => {
      assert.equal(mask(text), text);
      assert.equal(flat(JSON.stringify({ text }), 'json', []), JSON.stringify({ text }));
    });
});

describe('a run in lines that is too long', () => {
  const lines = (count: number, value: string): string =>
    fold(`${words(57)}${words(30)} ${value}${words(57 * count - 57 - 31 - value.length)}`);
  it('is read line by line, as runs are that stand alone', () => {
    const text = lines(80, '536-22-8841');
    assert.equal(text.length, 80 * 77 - 1);
    assert.equal(mask(text), lines(80, '***-**-****'));
    const across = fold(`${words(50)} 536-22-8841${words(57 * 79)}`);
    assert.equal(mask(across), across);
  });
  it('is not held', () => {
    for (const width of [60, 76, 100]) {
      const masker = engine.masker({ api: 'text', contentType: '', direction: 'request', path: '' }, bankProfile, {
        eventBytes: 1024,
      });
      const chunk = encoder.encode(`${'aZ09'.repeat(width / 4)}\n`.repeat(50));
      let released = 0;
      for (let i = 0; i < 10; i++) {
        released += masker.push(chunk).length;
        assert.ok((i + 1) * chunk.length - released <= longest + longest / 30, `${width}: ${released}`);
      }
      assert.ok(10 * chunk.length - released <= 2 * width + 16, `${width}: ${released}`);
    }
  });
  for (const behind of ['\r', '\r\n', '\r\nabc', '\r ', '=', ' ']) {
    it(`or nearly, with ${JSON.stringify(behind)} behind it, cut anywhere`, () => {
      for (const count of [51, 52, 53, 54]) {
        const letters = base64(`${words(50)} 536-22-8841${words(57 * count)}`).slice(0, 76 * count);
        const text = inLines(letters, 76, '\r\n') + behind;
        const whole = flat(text, 'text', []);
        assert.equal(whole === text, count > 53 || (count === 53 && behind.startsWith('\r\n')));
        for (const cut of everyByte(90)) assert.equal(flat(text, 'text', [text.length - cut]), whole, `-${cut}`);
        for (const step of [7, 77, 1000])
          assert.equal(
            flat(
              text,
              'text',
              everyByte(text.length).filter((at) => at % step === 0),
            ),
            whole,
            `by ${step}`,
          );
      }
    });
  }
});

describe('whatever is cut, the output is that of the whole', () => {
  const lineEnd = fc.constantFrom(
    '\n',
    '\r\n',
    '\\n',
    '\\r\\n',
    '\\\\r\\\\n',
    '\\u000a',
    '\r',
    '\n\n',
    '\\',
    '\\r',
    '\n ',
    ' ',
  );
  const width = fc.constantFrom(59, 60, 61, 64, 76, 99, 100, 101);
  const text = fc
    .tuple(fc.nat({ max: 120 }), anyPlanted, fc.nat({ max: 120 }), anyPlanted)
    .map(([front, one, between, other]) => `${words(front)} ${one.value} ${words(between)} ${other.value}.`);
  const run = fc
    .tuple(
      fc.oneof(
        { weight: 5, arbitrary: text.map(base64) },
        { weight: 1, arbitrary: fc.constantFrom('aZ09'.repeat(50), 'x'.repeat(300)) },
      ),
      width,
      lineEnd,
    )
    .map(([letters, width, end]) => inLines(letters, width, end));
  const between = fc.oneof(
    lineEnd,
    fc.constantFrom(
      '',
      ' ',
      '=',
      '==',
      '-',
      '_',
      '"',
      ':',
      'n',
      'r',
      '\\',
      'end',
      'é',
      '4111',
      'x'.repeat(64),
      `\n${'x'.repeat(60)}\n`,
    ),
  );
  const body = fc
    .array(fc.tuple(between, run, between), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.flat().join(''));
  for (const api of ['text', 'json'] as const)
    testCutAnywhere(flat, api, { body: body, runs: [300, 6] }, { body: body, runs: [3000, 20] });
});
