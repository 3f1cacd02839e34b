import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPatternEngine } from './pattern-engine.ts';

const engine = createPatternEngine();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('find', () => {
  const pattern = engine.compile('b+|cd');
  it('gives byte offsets of the first match at or after an offset', () => {
    const text = bytes('é bb cd');
    const first = pattern.find(text, 0);
    assert.deepEqual([first?.start, first?.end], [3, 5]);
    const second = pattern.find(text, 5);
    assert.deepEqual([second?.start, second?.end], [6, 8]);
    assert.equal(pattern.find(text, 7), undefined);
  });
  it('is leftmost, then first alternative, then longest repeat', () => {
    const match = engine.compile('ab|abc|x+').find(bytes('-abcxx'), 0);
    assert.deepEqual([match?.start, match?.end], [1, 3]);
  });
  it('keeps no state between calls', () => {
    const text = bytes('bb');
    for (let i = 0; i < 3; i++) assert.equal(pattern.find(text, 0)?.end, 2);
  });
  it('reads views into larger buffers, and bytes that are no UTF-8', () => {
    const whole = new Uint8Array([0x62, 0xff, 0xc3, 0x62, 0x62, 0xf0]);
    assert.deepEqual([pattern.find(whole.subarray(1), 0)?.start, pattern.find(whole.subarray(1), 0)?.end], [2, 4]);
  });
});

describe('search and isAt', () => {
  const pattern = engine.compile('b+|cd');
  it('give where the first match begins, and whether one begins here', () => {
    const text = bytes('é bb cd');
    assert.deepEqual([pattern.search(text, 0), pattern.search(text, 4), pattern.search(text, 7)], [3, 4, -1]);
    assert.deepEqual(
      [2, 3, 4, 6, 8].map((at) => pattern.isAt(text, at)),
      [false, true, true, true, false],
    );
  });
});

describe('test', () => {
  it('says whether there is a match anywhere', () => {
    assert.equal(engine.compile('b$').test(bytes('ab')), true);
    assert.equal(engine.compile('b$').test(bytes('ba\n')), false);
  });
});

describe('what is refused', () => {
  it('sources no linear-time engine takes', () => {
    for (const source of ['(?=a)', '(a)\\1', '[', 'a{1001}']) assert.throws(() => engine.compile(source));
  });
  it('a pattern that matches the empty text', () => assert.throws(() => engine.compile('a*')));
});
