import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testHash } from '../ledger/hash.testing.ts';
import { pageName, printReport } from './print.ts';
import { readCsv, readPages, type Seen, skipWithoutPython } from './python.testing.ts';
import { sampleReport } from './report.testing.ts';
import { type EvidenceReport, partIds } from './report.ts';
import { column, table } from './report-pieces.testing.ts';

const print = (report: EvidenceReport): Map<string, string> =>
  new Map([...printReport(testHash, report)].map(({ name, content }) => [name, [...content()].join('')]));

const tables = sampleReport.parts.flatMap((part) => part.tables);
const files = print(sampleReport);
const page = files.get(pageName) ?? assert.fail();

describe('a printed report', () => {
  it('is a CSV file for each table, then the page', () => {
    assert.deepEqual([...files.keys()], [...tables.map(({ name }) => `csv/${name}.csv`), 'report.html']);
  });

  it('has all rows in the files', { skip: skipWithoutPython }, () => {
    const read = readCsv(tables.map(({ name }) => files.get(`csv/${name}.csv`) ?? ''));
    tables.forEach(({ name, columns, count }, index) => {
      const [header, ...rows] = read[index] ?? [];
      assert.deepEqual(
        header,
        columns.map(({ key }) => key),
        name,
      );
      assert.equal(rows.length, count, name);
    });
  });

  it('has the first two hundred rows on the page, and says how many more there are', () => {
    assert.match(page, /These are the first 200 rows: 12,280 more in <a href="csv\/sessions\.csv">/);
    assert.match(page, /the first 200 rows: 14 more in <a href="csv\/blocks\.csv">/);
    const shown = tables.reduce((sum, { count }) => sum + Math.min(count, 200), 0);
    const heads = tables.filter(({ count }) => count > 0).length;
    assert.equal(page.match(/<tr>/g)?.length, shown + heads);
  });

  it('turns the sheet for a table with more columns than fit across it', () => {
    const columns = Array.from({ length: 16 }, (_, index) => column(`c${index}`, `C${index}`));
    const named = { name: 'broad', title: 'Broad', says: '', none: '' };
    const parts = sampleReport.parts.map((part) =>
      part.id === 'data' ? { ...part, tables: [table(named, columns, [columns.map(({ key }) => key)])] } : part,
    );
    assert.match(print({ ...sampleReport, parts }).get(pageName) ?? '', /class="scroll turned" id="table-broad"/);
    assert.doesNotMatch(page, /class="scroll turned"/);
  });

  it('says so where a table is empty', () => {
    for (const { none } of tables.filter(({ count }) => count === 0)) assert.ok(page.includes(none), none);
  });

  it('comes in pieces', () => {
    const [html] = [...printReport(testHash, sampleReport)].filter(({ name }) => name === pageName);
    const pieces = [...(html?.content() ?? [])];
    assert.ok(pieces.length > 500);
    assert.ok(Math.max(...pieces.map((piece) => piece.length)) < 40_000);
  });

  it('walks no further into a table than it prints', () => {
    let walked = 0;
    const counting = (table: (typeof tables)[number]) => ({
      ...table,
      *rows() {
        for (const row of table.rows()) {
          walked++;
          yield row;
        }
      },
    });
    const parts = sampleReport.parts.map((part) => ({ ...part, tables: part.tables.map(counting) }));
    const html = [...printReport(testHash, { ...sampleReport, parts })].at(-1);
    for (const piece of html?.content() ?? []) assert.equal(typeof piece, 'string');
    assert.ok(walked < tables.length * 202);
  });
});

describe('the page of a report', { skip: skipWithoutPython }, () => {
  const seen = skipWithoutPython === false ? (readPages([page])[0] ?? []) : [];
  const attributes = (name: string) => seen.flatMap((one) => ('start' in one ? (one.attributes[name] ?? []) : []));

  it('has a part for each of the twelve, in order, with its verdict in the contents', () => {
    const sections = seen.flatMap((one) =>
      'start' in one && one.start === 'section' ? (one.attributes['id'] ?? []) : [],
    );
    assert.deepEqual(sections, partIds);
    const contents = textOf(seen, 'nav');
    for (const { title, says } of sampleReport.parts)
      assert.ok(contents.includes(title) && contents.includes(says), title);
    assert.equal(contents.match(/Needs attention/g)?.length, 4);
  });

  it('names no anchor twice', () => {
    const ids = attributes('id');
    assert.equal(new Set(ids).size, ids.length);
  });

  it('has only links to parts of itself and to files of the pack', () => {
    const sessions = sampleReport.parts.flatMap((part) => part.timelines.map(({ file }) => file));
    const known = new Set([...attributes('id').map((id) => `#${id}`), ...files.keys(), ...sessions, 'README.txt']);
    const links = attributes('href');
    assert.ok(links.length > 40);
    assert.deepEqual(
      links.filter((link) => !known.has(link)),
      [],
    );
  });

  it('loads nothing, and allows nothing but the style that it has', () => {
    const names = new Set(seen.flatMap((one) => ('start' in one ? [one.start] : [])));
    for (const name of ['script', 'link', 'img', 'iframe', 'object', 'embed', 'base', 'form', 'input'])
      assert.ok(!names.has(name), name);
    for (const name of ['src', 'style', 'srcset', 'action', 'data', 'background'])
      assert.deepEqual(attributes(name), [], name);
    const [policy = ''] = attributes('content');
    const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? '';
    const digest = Buffer.from(testHash.sha256(new TextEncoder().encode(style))).toString('base64');
    assert.equal(policy, `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`);
    assert.doesNotMatch(style, /url\(|@import|https?:|<\//);
  });

  it('gives tables a caption and heads that say what they head', () => {
    const shown = tables.filter(({ count }) => count > 0);
    assert.equal(page.match(/<caption>/g)?.length, shown.length);
    const heads = shown.reduce((sum, { columns }) => sum + columns.length, 0);
    assert.deepEqual(attributes('scope'), Array<string>(heads).fill('col'));
  });

  it('tells when a step was, from the first one on, and whether it was proven', () => {
    const text = textOf(seen, 'main');
    for (const offset of ['+0.000 s', '+0.003 s', '+96.412 s', '+97.903 s']) assert.ok(text.includes(offset), offset);
    assert.equal(text.match(/record [\d,]+ +proven/g)?.length, 9);
  });

  it('has lines to sign on', () => {
    for (const line of ['Internal audit', 'Name and role', 'Date', 'Signature'])
      assert.ok(textOf(seen, 'main').includes(line));
  });
});

describe('a report that is none', () => {
  const refused = (change: Partial<EvidenceReport>) => () => print({ ...sampleReport, ...change });
  const [cover, integrity = assert.fail(), ...others] = sampleReport.parts;
  const partsWith = (change: Partial<typeof integrity>) => [
    cover ?? assert.fail(),
    { ...integrity, ...change },
    ...others,
  ];
  const [ledgers = assert.fail()] = integrity.tables;

  it('is not printed', () => {
    assert.throws(refused({ parts: others }), /the parts of a report are cover integrity/);
    assert.throws(
      refused({ parts: partsWith({ tables: [ledgers, ledgers] }) }),
      /"ledgers" is no name, or there twice/,
    );
    assert.throws(refused({ parts: partsWith({ tables: [{ ...ledgers, name: '../x' }] }) }), /"\.\.\/x" is no name/);
    assert.throws(refused({ parts: partsWith({ tables: [{ ...ledgers, count: 3 }] }) }), /4 rows where 3 were said/);
    const outside = { session: 's', says: '', steps: [], file: '/etc/passwd' };
    assert.throws(refused({ parts: partsWith({ timelines: [outside] }) }), /no path in a pack/);
  });
});

/** The text of the first element of this name, as a reader sees it. */
function textOf(seen: readonly Seen[], name: string): string {
  const from = seen.findIndex((one) => 'start' in one && one.start === name);
  const to = seen.findIndex((one, index) => index > from && 'end' in one && one.end === name);
  return seen
    .slice(from, to)
    .map((one) => ('text' in one ? one.text : ''))
    .join('')
    .replace(/\s+/g, ' ');
}
