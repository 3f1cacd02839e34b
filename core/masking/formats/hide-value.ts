/** Hides a whole value as an entity, whatever it looks like. */
import { maskAll, replacementOf, type Treatment } from '../action.ts';
import { keptOf } from '../disclosure.ts';
import type { Tally } from '../tally.ts';

type Mask = Extract<Treatment, { readonly kind: 'mask' }>;

const shown = /[\p{L}\p{N}]/gu;

export function hideValue(text: string, as: string, treatment: Treatment, tally: Tally): string {
  switch (treatment.kind) {
    case 'keep':
      return text;
    case 'block':
      tally.block(as);
      return '';
    case 'mask':
      return starred(text, as, treatment);
    case 'replace':
      return replacementOf(treatment, text) ?? starred(text, as, maskAll);
  }
}

/** Letters and digits are counted, of every script. */
function starred(text: string, as: string, action: Mask): string {
  const count = text.match(shown)?.length ?? 0;
  const { first, last } = keptOf(action, as, count);
  let at = 0;
  return text.replace(shown, (unit) => {
    const index = at++;
    return index < first || index >= count - last ? unit : '*';
  });
}

/** A number stays one: its digits become nines, whatever the action. An exponent goes, as nines in it would be beyond any number. */
export function hideNumber(literal: string, as: string, treatment: Treatment, tally: Tally): string {
  if (treatment.kind === 'keep') return literal;
  if (treatment.kind === 'block') tally.block(as);
  const action = treatment.kind === 'mask' ? treatment : maskAll;
  const hidden = starred(literal.replace(/[eE].*$/, ''), as, action).replaceAll('*', '9');
  // What is kept of the beginning may be a zero, which no other digit may follow.
  return hidden.replace(/^(-?)0(?=\d)/, '$19');
}
