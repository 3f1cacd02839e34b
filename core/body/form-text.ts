/** Names and values of `application/x-www-form-urlencoded` (WHATWG URL, 5.1 and 5.2). */

/** `isWhole`: what was percent-encoded is UTF-8; else readers differ in what it says. */
export function decodeFormText(raw: string): { readonly text: string; readonly isWhole: boolean } {
  const spaced = raw.replaceAll('+', ' ');
  if (!spaced.includes('%')) return { text: spaced, isWhole: true };
  let isWhole = true;
  // A percent sign without two digits stands for itself.
  const text = spaced.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      isWhole = false;
      return '';
    }
  });
  return { text, isWhole };
}

export const encodeFormText = (text: string): string => encodeURIComponent(text.toWellFormed()).replaceAll('%20', '+');
