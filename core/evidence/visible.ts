/**
 * Text of callers and models, for people to read: what has no glyph of its own is spelled out. A bidirectional override would turn a
 * subject around, a zero-width joiner would make two of them look like one, an escape sequence would act in a terminal.
 */
const unseen = /\r(?!\n)|(?![\t\n\r])[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** `[U+202E]` for a character that is not seen. Tabs and line ends stay; a surrogate without its other half is spelled out too, so this is UTF-8. */
export const visible = (text: string): string =>
  text.replace(unseen, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return `[U+${point.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
