import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { runs } from '../masking/seeded-runs.testing.ts';
import { csvOf } from './csv.ts';
import { readCsv, skipWithoutPython } from './python.testing.ts';
import { hostileTexts } from './report.testing.ts';
import type { Cell, Row, Table } from './report.ts';
import { column, longTable, table } from './report-pieces.testing.ts';
import { visible } from './visible.ts';

const named = { name: 'things', title: 'Things', says: 'One row for each.', none: 'None.' };
const columns = [column('who', 'Who'), column('what', 'What'), column('count', 'Count', 'number')];
const text = (of: Table): string => [...csvOf(of)].join('');

describe('a table as CSV', () => {
  it('has a header, CRLF at the end of each line, and no byte order mark', () => {
    const rows = [['ana', 'scored', 3] as const, ['rex', undefined, -1.5] as const];
    assert.equal(text(table(named, columns, rows)), 'who,what,count\r\nana,scored,3\r\nrex,,-1.5\r\n');
  });

  it('is a header alone where there is no row', () => {
    assert.equal(text(table(named, columns, [])), 'who,what,count\r\n');
  });

  it('has a line for a row in which nothing is known', () => {
    assert.equal(text(table(named, [column('who', 'Who')], [[undefined], ['']])), 'who\r\n""\r\n""\r\n');
  });

  it('tells what is true from what is not known', () => {
    const rows = [[true, false, undefined]];
    assert.equal(text(table(named, columns, rows)), 'who,what,count\r\ntrue,false,\r\n');
  });

  it('lets no text begin like a formula, and numbers stay numbers', () => {
    const begin = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r\n=1', '\n=1', ' =1', '\uff1d1', "'=1"];
    const written = text(
      table(
        named,
        [column('who', 'Who'), column('n', 'N', 'number')],
        begin.map((one) => [one, -1]),
      ),
    );
    for (const [, field] of written.slice('who,n\r\n'.length).matchAll(/("(?:[^"]|"")*"|[^,\r\n]*),-1\r\n/g)) {
      assert.match(field ?? '', /^"?'/);
    }
    assert.equal(written.match(/,-1\r\n/g)?.length, begin.length);
  });

  it('comes in pieces, however long it is', () => {
    const long = longTable(named, columns, 20_000, (index) => ['ana', 'scored', index]);
    const pieces = [...csvOf(long)];
    assert.ok(pieces.length > 3);
    assert.ok(pieces.every((piece) => piece.length < 80 * 1024));
    assert.equal(pieces.join('').split('\r\n').length, 20_002);
  });

  it('is refused where it has not the rows or the cells that it says', () => {
    assert.throws(() => text({ ...table(named, columns, []), count: 1 }), /things: 0 rows where 1 were said/);
    assert.throws(() => text(table(named, columns, [['ana']])), /row 0 has 1 cells for 3 columns/);
  });

  it('is read back by Python, whatever the cells', { skip: skipWithoutPython }, (test) => {
    const cell: fc.Arbitrary<Cell> = fc.oneof(
      fc.constantFrom(...hostileTexts),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'",;\'=+-@\t\r\n a\u0000\ud83d') }),
      fc.integer(),
      fc.boolean(),
      fc.constant(undefined),
    );
    const row: fc.Arbitrary<Row> = fc.tuple(cell, cell, cell);
    const { seed, numRuns } = runs(test, 3000);
    const rows = fc.sample(row, { seed, numRuns });
    const written = text(table(named, columns, rows));
    assert.ok(written.isWellFormed());
    const [[header, ...read] = []] = readCsv([written]);
    assert.deepEqual(header, ['who', 'what', 'count']);
    assert.equal(read.length, rows.length);
    assert.deepEqual(
      read.map((fields) => fields.map(asWritten)),
      rows.map((cells) => cells.map(meant)),
    );
  });
});

/** What docs/evidence.md tells readers to do. */
const asWritten = (field: string): string => field.replace(/^'/, '');

const meant = (cell: Cell): string =>
  cell === undefined ? '' : typeof cell === 'string' ? visible(cell) : String(cell);
