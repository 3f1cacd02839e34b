/** String literals of JSON (RFC 8259, 7), where they stand in a text. */

/** Index behind the closing quote of the string whose opening quote is at `start`, -1 when it has none. */
export function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote > 0 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote < 0 ? -1 : quote + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what JSON forbids
const special = /[\\\u0000-\u001f]/;

/** What a literal, quotes included, says. undefined: it is none. */
export function stringOf(literal: string): string | undefined {
  if (!special.test(literal)) return literal.slice(1, -1);
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
