import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { after, describe, it } from 'node:test';
import { createKey } from '@countersign/adapters/keys/key-file.ts';
import { type MaskRunOptions, runMask } from './run.ts';

const directory = mkdtempSync(join(tmpdir(), 'countersign-mask-'));
after(() => rmSync(directory, { recursive: true }));
const file = (name: string, text: string | Uint8Array): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};
const policy = file(
  'policy.yaml',
  `version: 1
mask:
  words: { entities: [us_ssn, email], actions: { us_ssn: redact, email: { mask: { keep_first: 1 } } } }
  strictly-none: { entities: [us_ssn], actions: { us_ssn: block } }
  tokens: { entities: [us_ssn], actions: { default: tokenize } }
`,
);
/** As the command line does it, without a process for each. */
async function mask(input: string | Uint8Array, options: Partial<MaskRunOptions> = {}) {
  const output: Buffer[] = [];
  const told: string[] = [];
  const status = await runMask(
    { profile: 'bank', contentType: 'text/plain', path: '/', report: false, jsonl: false, ...options },
    {
      input: Readable.from(input.length === 0 ? [] : [Buffer.from(input)]),
      output: new Writable({
        write: (part: Buffer | string, _, done) => {
          output.push(Buffer.from(part));
          done();
        },
      }),
      tell: (line) => told.push(line),
    },
  );
  return { status, stdout: Buffer.concat(output).toString('utf8'), stderr: told.join('\n') };
}

describe('masking from the command line', () => {
  it('masks text with bank, byte for byte the rest', async () => {
    const { status, stdout, stderr } = await mask('SSN 123-45-6789,\r\n card 4111 1111 1111 1111 … ok');
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(stdout, 'SSN ***-**-****,\r\n card **** **** **** 1111 … ok');
  });

  it('finds what needs a hash: an address of Bitcoin whose checksum is right', async () => {
    const { stdout } = await mask('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa, 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb');
    assert.equal(stdout, `${'*'.repeat(34)}, 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb`);
  });

  it('reads JSON as JSON: it stays JSON', async () => {
    const { stdout } = await mask('{"card":4111111111111111}', { contentType: 'application/json; charset=utf-8' });
    assert.equal(stdout, '{"card":9999999999991111}');
  });

  it('reads CSV, NDJSON and forms as what they are', async () => {
    for (const [contentType, input, expected] of [
      ['text/csv', 'name,ssn\n"a, b",123-45-6789\n', 'name,ssn\n"a, b",***-**-****\n'],
      ['application/x-ndjson', '{"a":"x"}\n{"b":"123-45-6789"}\n', '{"a":"x"}\n{"b":"***-**-****"}\n'],
      ['application/x-www-form-urlencoded', 'a=1&b=123-45-6789', 'a=1&b=***-**-****'],
      ['application/problem+json', '{"b":"123-45-6789"}', '{"b":"***-**-****"}'],
    ] as const) {
      const { status, stdout } = await mask(input, { contentType });
      assert.deepEqual([status, stdout], [0, expected], contentType);
    }
  });

  it('joins the text of an event stream, which the bytes cut in two', async () => {
    const event = (content: string) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
    const input = `${event('SSN 123-4')}${event('5-6789.')}data: [DONE]\n\n`;
    const { status, stdout } = await mask(input, { contentType: 'text/event-stream' });
    assert.equal(status, 0);
    assert.doesNotMatch(stdout, /\d{2}/);
    assert.match(stdout, /\[DONE\]/);
  });

  it('takes a profile of a policy file', async () => {
    const { stdout } = await mask('123-45-6789 ann@ex.org', { policy, profile: 'words' });
    assert.equal(stdout, '[US_SSN] a**@******');
  });

  it('reports entity, byte offset and rule of each value, and never a value', async () => {
    const options = { policy, profile: 'words', report: true };
    const { status, stdout, stderr } = await mask('€ 123-45-6789 ann@ex.org', options);
    assert.equal(status, 0);
    assert.equal(stdout, '€ [US_SSN] a**@******');
    assert.deepEqual(stderr.split('\n'), [
      '4\tus_ssn\twords: redact',
      '16\temail\twords: mask, keep_first 1',
      'found: us_ssn 1, email 1',
    ]);
  });

  it('answers a text a line with its spans in characters of the original', async () => {
    const input = [
      { i: 7, text: '😀 SSN 123-45-6789' },
      { i: 'b', text: '' },
      { i: 9, text: 'a@ex.org\n4111111111111111' },
    ]
      .map((line) => JSON.stringify(line))
      .join('\n');
    const { status, stdout } = await mask(input, { jsonl: true });
    assert.equal(status, 0);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines[0], '{"i":7,"text":"😀 SSN ***-**-****","spans":[[6,17,"US_SSN"]]}');
    assert.deepEqual(
      lines.slice(1).map((line) => JSON.parse(line)),
      [
        { i: 'b', text: '', spans: [] },
        {
          i: 9,
          text: '*@******\n************1111',
          spans: [
            [0, 8, 'EMAIL'],
            [9, 25, 'CREDIT_CARD'],
          ],
        },
      ],
    );
  });

  it('with a key makes tokens, the same each time; without one says what it needs', async () => {
    const options = { policy, profile: 'tokens' };
    const key = join(directory, 'masking.key');
    const keyless = await mask('123-45-6789', options);
    assert.deepEqual([keyless.status, keyless.stdout], [2, '']);
    assert.match(keyless.stderr, /profile "tokens" makes tokens or pseudonyms: say --key FILE/);
    createKey(key);
    const tokens = await Promise.all([1, 2].map(() => mask('123-45-6789', { ...options, key })));
    assert.match(tokens[0]?.stdout ?? '', /^\d{3}-\d{2}-\d{4}$/);
    assert.notEqual(tokens[0]?.stdout, '123-45-6789');
    assert.equal(tokens[0]?.stdout, tokens[1]?.stdout);
  });

  it('finds the key of a configuration directory', async () => {
    const home = join(directory, 'home');
    for (const folder of ['policy', 'keys']) mkdirSync(join(home, folder), { recursive: true });
    createKey(join(home, 'keys', 'masking.key'));
    file('home/countersign.yaml', 'issuers: [{ issuer: "https://idp.bank.test", audience: a }]\n');
    file('home/policy/a.yaml', 'version: 1\nmask: { p: { like: bank, actions: { default: pseudonym } } }\n');
    const { stdout } = await mask('ssn 123-45-6789', { policy: home, profile: 'p' });
    assert.match(stdout, /^ssn \[US_SSN:[a-z]{24}\]$/);
  });

  const failures: readonly (readonly [
    what: string,
    status: number,
    stderr: RegExp,
    input: string | Uint8Array,
    options?: Partial<MaskRunOptions>,
  ])[] = [
    [
      'a value that the profile blocks',
      1,
      /blocks a value in the input \(blocked_us_ssn\)/,
      'a 123-45-6789 b',
      { policy, profile: 'strictly-none' },
    ],
    ['a policy with a fault', 1, /bad\.yaml:1:10: .*2/, 'x', { policy: file('bad.yaml', 'version: 2\n') }],
    ['a policy that is not there', 2, /absent\.yaml does not exist/, 'x', { policy: join(directory, 'absent.yaml') }],
    ['an unknown profile', 2, /unknown mask profile "bnak": did you mean "bank"\?/, 'x', { profile: 'bnak' }],
    ['a content type nobody reads', 2, /no way to read "image\/png" is known/, 'x', { contentType: 'image/png' }],
    ['an unknown api', 2, /unknown api "jso": did you mean "json"\?/, 'x', { api: 'jso' }],
    [
      'an event stream where JSON was announced',
      2,
      /cannot be read \(unexpected_event_stream\)/,
      'data: x\n\n',
      { contentType: 'application/json' },
    ],
    ['bytes that are no UTF-8', 2, /blotted: bad_utf8/, new Uint8Array([0x41, 0xff, 0x42])],
    ['a line that is no JSON', 2, /^line 2: no JSON$/, '{"i":1,"text":"x"}\nnope', { jsonl: true }],
    ['a line without text', 2, /^line 1: not \{"i": N, "text": "…"\}$/, '{"i":1}', { jsonl: true }],
    ['a line that is no UTF-8', 2, /^line 1: no UTF-8$/, new Uint8Array([0xff]), { jsonl: true }],
    ['a report of lines', 2, /--report goes without --jsonl/, '', { jsonl: true, report: true }],
  ];
  for (const [what, status, stderr, input, options] of failures) {
    it(`exits ${status} for ${what}, and says so`, async () => {
      const result = await mask(input, options);
      assert.match(result.stderr, stderr);
      assert.equal(result.status, status);
      assert.doesNotMatch(`${result.stdout}${result.stderr}`, /123-45-6789/);
    });
  }

  it('a reader that goes away ends it without a word, and without reading on', async () => {
    let asked = 0;
    const input = Readable.from(
      (function* () {
        for (; asked < 10_000; asked++) yield Buffer.from('more and more. '.repeat(1000));
      })(),
    );
    const output = new Writable({
      write: (_part, _encoding, done) => done(Object.assign(new Error(), { code: 'EPIPE' })),
    });
    const told: string[] = [];
    const options = { profile: 'bank', contentType: 'text/plain', path: '/', report: false, jsonl: false };
    assert.equal(await runMask(options, { input, output, tell: (line) => told.push(line) }), 0);
    assert.deepEqual(told, []);
    assert.ok(asked < 100, `${asked}`);
  });

  it('exits 2 when reading itself fails', async () => {
    const input = new Readable({
      read() {
        this.destroy(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' }));
      },
    });
    const told: string[] = [];
    const options = { profile: 'bank', contentType: 'text/plain', path: '/', report: false, jsonl: false };
    assert.equal(await runMask(options, { input, output: new Writable(), tell: (line) => told.push(line) }), 2);
    assert.deepEqual(told, ['EIO: i/o error, read']);
  });

  it('blots what it cannot read, and writes the rest', async () => {
    const { stdout } = await mask(new Uint8Array([0x41, 0x20, 0xff, 0x42]));
    assert.equal(stdout, 'A **');
  });
});
