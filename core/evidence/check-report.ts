/** What a report has to be before it is printed. Whoever gathers it is ours, so each of these is a bug and no finding. */
import { isPackFileName } from './pack-file.ts';
import { type EvidenceReport, partIds, type Table } from './report.ts';

const nameOf = /^[a-z][a-z0-9_]*$/;

export function checkReport({ parts }: EvidenceReport): void {
  const ids = parts.map((part) => part.id).join(' ');
  if (ids !== partIds.join(' ')) throw new Error(`the parts of a report are ${partIds.join(' ')}, not ${ids}`);
  const tables = parts.flatMap((part) => part.tables);
  requireNames(
    'tables',
    tables.map((table) => table.name),
  );
  for (const table of tables) checkTable(table);
  for (const { session, file } of parts.flatMap((part) => part.timelines)) {
    if (!isPackFileName(file)) throw new Error(`session ${session} of the sample: ${file} is no path in a pack`);
  }
}

function checkTable({ name, columns, count }: Table): void {
  if (columns.length === 0) throw new Error(`table ${name} has no columns`);
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`table ${name} cannot have ${count} rows`);
  requireNames(
    `columns of ${name}`,
    columns.map((column) => column.key),
  );
}

/** They become names of files and columns, and anchors. */
function requireNames(of: string, names: readonly string[]): void {
  const bad = names.find((name, index) => !nameOf.test(name) || names.indexOf(name) !== index);
  if (bad !== undefined) throw new Error(`${of}: ${JSON.stringify(bad)} is no name, or there twice`);
}
