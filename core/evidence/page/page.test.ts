import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { testHash } from '../../ledger/hash.testing.ts';
import { runs } from '../../masking/seeded-runs.testing.ts';
import { readPages, type Seen, skipWithoutPython } from '../python.testing.ts';
import { hostileTexts, sampleReport, withTexts } from '../report.testing.ts';
import type { EvidenceReport } from '../report.ts';
import { visible } from '../visible.ts';
import { pageOf } from './page.ts';

/** Three rows of a table are as good as two hundred here. */
const small: EvidenceReport = {
  ...sampleReport,
  parts: sampleReport.parts.map((part) => ({
    ...part,
    tables: part.tables.map((table) => ({
      ...table,
      count: Math.min(table.count, 3),
      rows: () => [...table.rows()].slice(0, 3),
    })),
  })),
};

const print = (report: EvidenceReport): string => [...pageOf(testHash, report)].join('');

describe('the page of a report with hostile texts', { skip: skipWithoutPython }, () => {
  it('has the same elements and attributes as with harmless ones, and shows the texts', (test) => {
    const text = fc.oneof(
      fc.constantFrom(...hostileTexts),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'<>&"\'/!-=;# aA\n\r\u0000\ud800`') }),
    );
    const { seed, numRuns } = runs(test, 40);
    const samples = fc.sample(fc.array(text, { minLength: 7, maxLength: 13 }), { seed, numRuns });
    const reports = samples.map((texts) => withTexts(small, inTurn(texts)));
    const [harmless = [], ...pages] = readPages([withTexts(small, () => 'x'), ...reports].map(print));
    const expected = elementsOf(harmless);
    assert.ok(expected.length > 500);
    pages.forEach((page, index) => {
      const report = reports[index] ?? assert.fail();
      assert.deepEqual(elementsOf(page), expected, JSON.stringify(samples[index]));
      const facts = report.parts.flatMap((part) => part.facts);
      assert.deepEqual(
        textsOf(page, 'dt'),
        facts.map(({ name }) => visible(name)),
      );
      assert.deepEqual(textsOf(page, 'h1'), [visible(report.title)]);
      assert.deepEqual(textsOf(page, 'title'), [visible(report.title)]);
    });
  });

  it('leads nowhere but into itself and the pack', () => {
    const hostile = [
      'javascript:alert(1)',
      '//attacker.example/x',
      '/etc/passwd',
      '../x',
      '#nowhere',
      'a//b',
      'a b',
      'c:/x',
    ];
    const [page = []] = readPages([print(withTexts(small, inTurn(hostile)))]);
    const links = page.flatMap((one) => ('start' in one ? (one.attributes['href'] ?? []) : []));
    assert.ok(links.length > 20);
    assert.deepEqual(
      links.filter((link) => !/^(?:#[a-z]+|csv\/[a-z_]+\.csv|sample\/[0-9A-Z]+\.json|README\.txt)$/.test(link)),
      [],
    );
  });
});

function inTurn(texts: readonly string[]): (text: string) => string {
  let next = 0;
  return () => texts[next++ % texts.length] ?? '';
}

/** These depend on what a text is: a time, a path, an id with slashes in it, one that is too long. Their attributes are asked about elsewhere. */
const byText = new Set(['time', 'a', 'wbr', 'em', 'code']);

/** Names of elements and of their attributes. What Python calls `other` would be a comment or the like. */
function elementsOf(page: readonly Seen[]): readonly string[] {
  return page.flatMap((one) => {
    if ('text' in one) return [];
    if ('other' in one) return [`other ${one.other}`];
    if ('end' in one) return byText.has(one.end) ? [] : [`/${one.end}`];
    const names = Object.keys(one.attributes);
    assert.equal(names.length, one.count, 'an attribute is there twice');
    if (byText.has(one.start)) {
      assert.deepEqual(
        names.filter((name) => name !== 'href' && name !== 'datetime' && name !== 'class'),
        [],
      );
      return [];
    }
    const classes = one.attributes['class']?.replace(/ (?:long|sentence)$/, '') ?? '';
    return [`${one.start} ${names.join()} ${classes}`];
  });
}

/** The texts of the elements of this name. */
function textsOf(page: readonly Seen[], name: string): readonly string[] {
  const texts: string[] = [];
  let inside = false;
  for (const one of page) {
    if ('start' in one && one.start === name) {
      inside = true;
      texts.push('');
    } else if ('end' in one && one.end === name) {
      inside = false;
    } else if (inside && 'text' in one) {
      texts.push(`${texts.pop() ?? ''}${one.text}`);
    }
  }
  return texts;
}
