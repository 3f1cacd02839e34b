import type { Scalar } from 'yaml';

/**
 * Where character `offset` of a scalar's value stands in the file, counted from the start of the scalar's node.
 * Undefined for scalars whose line breaks YAML has folded: there the characters have moved.
 */
export function offsetInScalar(text: string, scalar: Scalar, offset: number): number | undefined {
  if (typeof scalar.value !== 'string' || !scalar.range) return undefined;
  const written = text.slice(scalar.range[0], scalar.range[1]);
  switch (scalar.type) {
    case 'PLAIN':
      return written.startsWith(scalar.value) ? offset : undefined;
    case 'QUOTE_SINGLE':
      return written.includes('\n') ? undefined : skipUnits(written, offset, /''|./sy);
    case 'QUOTE_DOUBLE':
      // An escape of eight hex digits may stand for two UTF-16 units; a caret one character off does no harm.
      return written.includes('\n')
        ? undefined
        : skipUnits(written, offset, /\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|./sy);
    case 'BLOCK_LITERAL':
      return offsetInBlock(written, scalar.value, offset);
    default:
      return undefined;
  }
}

/** Walks `offset` units of the value from just behind the opening quote. */
function skipUnits(written: string, offset: number, unit: RegExp): number {
  unit.lastIndex = 1;
  for (let left = offset; left > 0; left--) {
    if (!unit.test(written)) break;
  }
  return unit.lastIndex === 0 ? written.length - 1 : unit.lastIndex;
}

/** `|`: line n of the value is line n + 1 of the block, each behind the block's indentation. */
function offsetInBlock(written: string, value: string, offset: number): number | undefined {
  const before = value.slice(0, offset).split('\n');
  const lines = written.split('\n');
  const first = value.split('\n').findIndex((line) => line !== '');
  const wanted = value.split('\n')[first];
  const indent = wanted === undefined ? -1 : (lines[first + 1]?.indexOf(wanted) ?? -1);
  if (indent < 0) return undefined;
  const above = lines.slice(0, before.length).reduce((sum, line) => sum + line.length + 1, 0);
  return above + indent + (before.at(-1)?.length ?? 0);
}
