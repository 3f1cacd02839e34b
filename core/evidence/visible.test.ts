import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { runs } from '../masking/seeded-runs.testing.ts';
import { hostileTexts } from './report.testing.ts';
import { visible } from './visible.ts';

describe('visible text', () => {
  it('spells out what turns text around, is not seen, or acts in a terminal', () => {
    assert.equal(visible('\u202egnp.exe'), '[U+202E]gnp.exe');
    assert.equal(visible('a\u200bb\ufeff\u00ad\u3164\u{e0041}'), 'a[U+200B]b[U+FEFF][U+00AD][U+3164][U+E0041]');
    assert.equal(visible('\u0000\u001b[2J\u007f\u009b'), '[U+0000][U+001B][2J[U+007F][U+009B]');
    assert.equal(visible('\u2028\u2029'), '[U+2028][U+2029]');
  });

  it('spells out half a surrogate pair and leaves whole ones', () => {
    assert.equal(visible('\ud800a\udc00 \u{1f600}'), '[U+D800]a[U+DC00] \u{1f600}');
  });

  it('leaves what people write', () => {
    const text = 'Žofie, 王芳, שרה: “Quarterly rescoring” – 5 € \t\r\nnext line\n';
    assert.equal(visible(text), text);
  });

  it('spells out a carriage return that ends no line', () => {
    assert.equal(visible('shown\rhidden'), 'shown[U+000D]hidden');
  });

  it('is UTF-8 with nothing unseen in it, and the same when done again', (test) => {
    const any = fc.oneof(
      fc.constantFrom(...hostileTexts),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('\ud800', '\udc00', '\r', '\n') }),
    );
    fc.assert(
      fc.property(any, (text) => {
        const seen = visible(text);
        assert.ok(seen.isWellFormed());
        assert.doesNotMatch(seen, /[^\P{Cc}\t\r\n]|[\p{Cf}\u2028\u2029]/u);
        assert.equal(visible(seen), seen);
      }),
      runs(test, 1000),
    );
  });
});
