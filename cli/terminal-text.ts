/** Text for a terminal. */

/** Control characters and bidirectional overrides become visible; with `lines`, line breaks stay. */
export function printable(text: string, lines = false): string {
  const visible = text.replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
  return lines ? visible : visible.replace(/[\n\t]+/g, ' ');
}

/** Columns as wide as their widest cell. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => printable(row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => printable(cell).padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
