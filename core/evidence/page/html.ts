/** Markup in which no text can become markup: what is put into a template is escaped, unless a template made it. */
import { visible } from '../visible.ts';

const made = Symbol('markup');

/** Only `html` makes it. */
export interface Markup {
  readonly [made]: string;
}

type Piece = string | number | Markup | readonly Markup[];

/** Attributes in the template stand in double quotes. There is no script and no address built from text, so one escape fits everywhere. */
export function html(fixed: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  let text = fixed[0] ?? '';
  pieces.forEach((piece, index) => {
    text += written(piece) + (fixed[index + 1] ?? '');
  });
  return { [made]: text };
}

export const nothing = html``;

export const sourceOf = (markup: Markup): string => markup[made];

function written(piece: Piece): string {
  if (typeof piece === 'string') return escaped(visible(piece));
  if (typeof piece === 'number') return String(piece);
  return made in piece ? piece[made] : piece.map(sourceOf).join('');
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes.get(character) ?? '');
