import type { Diagnostic } from './config.ts';

/** By file, line, column; the order in which a person works through them. */
export function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

/** `file:line:column: message`, the form that editors and CI logs make into a link. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, message, hint } = diagnostic;
  return `${file}:${line}:${column}: ${message}${hint === undefined ? '' : `\n    ${hint}`}`;
}
