/** An evidence report, printed: a CSV file for each table, and one page with everything on it. */
import type { Hash } from '../ports.ts';
import { checkReport } from './check-report.ts';
import { csvOf } from './csv.ts';
import type { PackFile } from './pack-file.ts';
import { pageOf } from './page/page.ts';
import type { EvidenceReport, Table } from './report.ts';

export const pageName = 'report.html';

export const csvName = (table: Table): string => `csv/${table.name}.csv`;

/** The tables first: if one of them is not what it says, there is no page that says it. Throws for a report that is none: a bug of ours. */
export function* printReport(hash: Hash, report: EvidenceReport): Generator<PackFile, void> {
  checkReport(report);
  for (const part of report.parts) {
    for (const table of part.tables) yield { name: csvName(table), content: () => csvOf(table) };
  }
  yield { name: pageName, content: () => pageOf(hash, report) };
}
