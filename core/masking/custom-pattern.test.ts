import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPatternEngine } from '@countersign/adapters/re2/pattern-engine.ts';
import fc from 'fast-check';
import { longestMatch } from './custom/longest-match.ts';
import { translatePattern } from './custom/parse.ts';
import { parseCustomPattern } from './custom-pattern.ts';
import { beginningsOf, maxBytes, sourceOf } from './pattern.ts';

const engine = createPatternEngine();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const faults = (source: string): readonly string[] => {
  const parsed = parseCustomPattern(source);
  return parsed.ok
    ? []
    : parsed.error.map(({ offset, message, hint }) => `${offset} ${message}${hint ? ` (${hint})` : ''}`);
};
const accepted = (source: string) => {
  const parsed = parseCustomPattern(source);
  return parsed.ok ? parsed.value : assert.fail(JSON.stringify(parsed.error));
};

describe('a custom pattern', () => {
  const good = [
    'LN-[0-9]{8}',
    'LN\\-\\d{8}',
    '(?i)ln[ -]?[0-9]{8}',
    '(?:AC|SV)[0-9]{2}(?:-[0-9]{4}){3}',
    '(?i:cust)_\\w{2,12}#[A-F0-9]{4}',
    'Falcon|Osprey',
    '[0-9]{3}-[0-9]{2}[A-Z]?',
    'ACC\\s?\\d{6}',
  ];
  for (const source of good) it(`may be ${source}`, () => assert.deepEqual(faults(source), []));

  it('is wide when it is any number of a length: then keys, context or a checksum must narrow it', () => {
    for (const source of ['[0-9]{8}', '\\d{3,4}', '[0-9A-F]{16}', '[A-Z0-9]{10}'])
      assert.ok(accepted(source).isWide, source);
    for (const source of ['LN-[0-9]{8}', '[A-Z]{2}[0-9]{6}', '[0-9]{4}-[0-9]{4}'])
      assert.ok(!accepted(source).isWide, source);
  });

  const letters = 'give it fixed text or digits; a field that is all to be masked needs no pattern';
  const name = 'name the characters, such as [A-Za-z0-9]';
  const alone = 'leave it out: a value is found wherever it stands, and what stands around it is not looked at';
  const ownText = 'describe the value alone; what stands in front of it goes into keys or context';
  const unbounded = 'has no upper bound: what may be longer can never be released';
  const refused: readonly (readonly [why: string, source: string, ...faults: string[]])[] = [
    ['a star', 'LN-[0-9]*', `8 "*" ${unbounded} (say how often at most, such as {1,20})`],
    ['a plus', 'LN-\\d+', `5 "+" ${unbounded} (say how often at most, such as {1,20})`],
    ['an open count', 'LN-(?:[0-9]){16,}', `12 "{16,}" ${unbounded} (say how often at most, such as {16,32})`],
    ['the empty text', '(?:LN)?', '0 it matches the empty text (say what must be there: x{1,8}, not x{0,8})'],
    ['nothing', '()', '1 nothing to look for'],
    ['zero times', 'LN-[0-9]{0}', '8 repeated zero times: nothing to look for'],
    [
      'two characters',
      'L[0-9]',
      '0 its shortest match has 2 characters (at least 3; shorter values are masked as whole fields)',
    ],
    ['a long match', 'LN-[0-9]{200}', '0 its longest match has 203 characters (at most 128: so much is held back)'],
    [
      'many alternatives',
      Array.from({ length: 60 }, (_, i) => `LN${100 + i}`).join('|'),
      '0 written out it has 300 characters (at most 256; write several entries instead of long alternatives)',
    ],
    [
      'many states',
      '[A-Z0-9-]{1,60}[0-9][A-Z0-9-]{30}',
      '0 a search for it has more than 1000 states, which slows down every call (begin with fixed text, or repeat less often: [A-Z]{2}-[0-9]{8} rather than [A-Z0-9-]{1,60}[0-9]{8})',
    ],
    ['ordinary words', '[A-Za-z]{4,12}', `0 it matches ordinary words (${letters})`],
    ['words of any kind', '\\w{6}', `0 it matches ordinary words (${letters})`],
    ['a dot', 'LN-.{8}', `3 a dot matches quotes, commas and every script (${name})`],
    ['a negated class', 'LN-[^,]{8}', `3 [^,] also matches quotes, line breaks and every script (${name})`],
    ['a negated escape', 'LN-\\S{8}', `3 \\S is not available (${name})`],
    ['a negated escape in a class', 'LN-[\\Da]{8}', `4 \\D is not available (${name})`],
    ['a word boundary', '\\bLN-[0-9]{8}\\b', `0 \\b is not available (${alone})`, `13 \\b is not available (${alone})`],
    ['anchors', '^LN-[0-9]{8}$', `0 ^ is not available (${alone})`, `12 $ is not available (${alone})`],
    ['lookahead', 'LN-(?=1)[0-9]{8}', `3 lookaround is not available (${alone})`],
    ['lookbehind', '(?<!X)LN-[0-9]{8}', `0 lookaround is not available (${alone})`],
    ['a backreference', '(LN|AC)-[0-9]{8}\\1', '16 \\1 refers back to a group, which takes more than linear time'],
    ['a lazy repeat', 'LN-[0-9]{2,8}?', '13 the shortest match is not available (leave the second ? out)'],
    [
      'an empty alternative that wins',
      'LN-(?:|[0-9]{4})',
      '6 an empty alternative in front of others (put a ? behind the group instead)',
    ],
    [
      'flags',
      '(?s)LN-[0-9]{8}',
      '0 invalid group (of all flags only i is available: (?i) at the very beginning, or (?i:…))',
    ],
    ['flags of a group', '(?m:LN)-[0-9]{8}', '2 of all flags only i is available'],
    ['a named class', '[[:digit:][a]x{8}', `1 named classes are not available (${name})`],
    ['a named class alone', '[[:digit:]]{8}', `1 named classes are not available (${name})`],
    ['a script', '\\p{Greek}{8}', `0 invalid escape (${name})`],
    ['an anchor of RE2', '\\ALN-[0-9]{8}', '0 invalid escape (leave it out: a value is found wherever it stands)'],
    ['a quoted text', '\\QLN-\\E[0-9]{8}', `0 invalid escape (${name})`],
    ['text outside ASCII', 'Straße [0-9]{3}', '4 "ß" is not ASCII (values are compared in ASCII; leave it out)'],
    [
      'a quote',
      '"ssn":"[0-9]{9}',
      `0 " does not stand inside a value (${ownText})`,
      `4 " does not stand inside a value (${ownText})`,
      `6 " does not stand inside a value (${ownText})`,
    ],
    ['a range over the quote', 'LN[!-/]{4}', `3 this range holds " (${ownText})`],
    [
      'a control character',
      'LN\\t[0-9]{8}',
      '2 \\t is not available (of the control characters only \\s matches some)',
    ],
    [
      'an escape of another language',
      'LN\\u002d[0-9]{8}',
      '2 \\u002d is not available (of the control characters only \\s matches some)',
    ],
    ['an open bracket', 'LN-[0-9', '7 unterminated character class'],
    ['an open group', '(LN-[0-9]{8}', '12 unterminated group'],
    ['a range backwards', 'LN-[9-0]{8}', '7 range out of order in character class'],
  ];
  for (const [why, source, ...expected] of refused) {
    it(`is refused for ${why}: ${source.slice(0, 40)}`, () => assert.deepEqual(faults(source), expected));
  }

  it('of any text is a pattern or a fault inside of it, and what RE2 cannot read is no pattern', () => {
    const word = fc.constantFrom(
      'LN',
      '-',
      '[0-9]',
      '{2}',
      '{1,3}',
      '(',
      ')',
      '|',
      '?',
      '\\d',
      '\\',
      '[',
      ']',
      '^',
      '(?i)',
      '(?:',
      'é',
      '"',
      '*',
      '{',
    );
    const source = fc.oneof(
      fc.array(word, { minLength: 1, maxLength: 10 }).map((words) => words.join('')),
      fc.string({ minLength: 1 }),
    );
    fc.assert(
      fc.property(source, (text) => {
        const parsed = parseCustomPattern(text);
        if (parsed.ok) engine.compile(text);
        else
          assert.ok(
            parsed.error.length > 0 && parsed.error.every(({ offset }) => offset >= 0 && offset <= text.length),
          );
      }),
      { numRuns: 2000 },
    );
  });
});

/** Sources of the available part of the syntax, over a small alphabet, so that random texts hit. */
const anySource: fc.Arbitrary<string> = fc.letrec<{ alternatives: string; part: string; atom: string }>((tie) => ({
  alternatives: fc
    .array(
      fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 2 },
    )
    .map((all) => all.join('|')),
  part: fc
    .tuple(tie('atom'), fc.constantFrom('', '', '', '?', '{2}', '{0,2}', '{1,3}'))
    .map(([atom, quantifier]) => atom + quantifier),
  atom: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(
      'a',
      'B',
      '1',
      '-',
      '\\-',
      '\\.',
      '\\/',
      '[ab]',
      '[a-c1]',
      '[\\d-]',
      '[\\w.]',
      '\\d',
      '\\w',
      '\\s',
      '[-a]',
      '[.$]',
      '\\x61',
      ' ',
    ),
    tie('alternatives').map((inner) => `(${inner})`),
    tie('alternatives').map((inner) => `(?:${inner})`),
    tie('alternatives').map((inner) => `(?:${inner}|)`),
    tie('alternatives').map((inner) => `(?i:${inner})`),
    tie('alternatives').map((inner) => `(?-i:${inner})`),
  ),
})).alternatives;
const anyText = fc.array(fc.constantFrom(...'aAbBcC112-._$/ \n'), { maxLength: 24 }).map((chars) => chars.join(''));

const parsedTree = (source: string) => {
  const tree = translatePattern(source);
  return tree.ok ? tree.value : assert.fail(source);
};

describe('the tree of a pattern', () => {
  it('matches what RE2 matches for the source: same starts, same ends, same order of preference', () => {
    fc.assert(
      fc.property(fc.boolean(), anySource, fc.array(anyText, { minLength: 4, maxLength: 4 }), (folds, body, texts) => {
        const source = folds ? `(?i)${body}` : body;
        const tree = translatePattern(source);
        if (!tree.ok) assert.fail(`${source}: ${JSON.stringify(tree.error)}`);
        // Behind a fixed letter, so that patterns that may be empty can be compared as well.
        const ours = engine.compile(`z${sourceOf(tree.value)}|q`);
        const theirs = engine.compile(`z(?:${source})|q`);
        for (const text of texts) {
          const input = bytes(`z${text}`);
          const [one, other] = [ours.find(input, 0), theirs.find(input, 0)];
          assert.deepEqual([one?.start, one?.end], [other?.start, other?.end], `${source} on ${JSON.stringify(text)}`);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('holds back every beginning of what RE2 matches, and its bound is not exceeded', () => {
    fc.assert(
      fc.property(anySource, anyText, (source, text) => {
        const tree = translatePattern(source);
        if (!tree.ok) assert.fail(source);
        const whole = engine.compile(`z(?:${source})|q`);
        const open = engine.compile(`z(?:${beginningsOf(tree.value)})$|q`);
        const match = whole.find(bytes(`z${text}`), 0);
        if (match === undefined) return;
        const found = text.slice(0, match.end - 1);
        assert.ok(found.length <= maxBytes(tree.value), source);
        for (let end = 1; end <= found.length; end++) assert.ok(open.test(bytes(`z${found.slice(0, end)}`)), source);
      }),
      { numRuns: 500 },
    );
  });

  it('is read to its longest match, by RE2’s measure', () => {
    fc.assert(
      fc.property(anySource, anyText, (source, text) => {
        const tree = translatePattern(source);
        if (!tree.ok) assert.fail(source);
        const input = bytes(`${text}~`);
        const whole = engine.compile(`~(?:${source})~`);
        let longest = 0;
        for (let end = 1; end <= text.length; end++) if (whole.test(bytes(`~${text.slice(0, end)}~`))) longest = end;
        const read = longestMatch(tree.value);
        for (let again = 0; again < 2; again++) assert.equal(read(input, 0) ?? 0, longest, source);
        assert.equal(read(bytes(`\u00e9${text}`), 2) ?? 2, longest + 2, 'behind other bytes');
      }),
      { numRuns: 300 },
    );
  });

  it('is read right where its table is full and begins anew', () => {
    const read = longestMatch(parsedTree('[ab]{0,14}a[ab]{14}x'));
    const texts = Array.from({ length: 400 }, (_, n) =>
      Array.from({ length: 40 }, (_, i) => ((n * 7 + i * i * (n + 3)) % 5 < 2 ? 'a' : 'b')).join(''),
    );
    for (const text of [...texts, ...texts]) {
      const expected = /^[ab]{0,14}a[ab]{14}x/.exec(`${text.slice(0, 25)}x`)?.[0].length;
      assert.equal(read(bytes(`${text.slice(0, 25)}x`), 0), expected);
    }
  });
});
