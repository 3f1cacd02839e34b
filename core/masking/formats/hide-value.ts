/** Hides a whole value as an entity, whatever it looks like. */
import type { Treatment } from '../action.ts';
import type { Entity } from '../entities.ts';
import type { Tally } from '../tally.ts';

const shown = /[\p{L}\p{N}]/gu;

export function hideValue(text: string, as: Entity, treatment: Treatment, tally: Tally): string {
  switch (treatment.kind) {
    case 'keep':
      return text;
    case 'block':
      tally.block(as);
      return '';
    case 'mask':
      return starred(text, treatment.keepFirst, treatment.keepLast);
    case 'replace': {
      const replacement = treatment.with(text);
      // What a replacement must be made of, so that it needs no escape at any depth.
      return /^[ !#-[\]-~]+$/.test(replacement) ? replacement : starred(text, 0, 0);
    }
  }
}

/** Letters and digits are counted; where nothing would stay hidden, everything is. */
function starred(text: string, keepFirst: number, keepLast: number): string {
  const count = text.match(shown)?.length ?? 0;
  const keeps = keepFirst + keepLast < count;
  let at = 0;
  return text.replace(shown, (unit) => {
    const index = at++;
    return keeps && (index < keepFirst || index >= count - keepLast) ? unit : '*';
  });
}

/** A number stays one: its digits become nines, whatever the action. An exponent goes, as nines in it would be beyond any number. */
export function hideNumber(literal: string, as: Entity, treatment: Treatment, tally: Tally): string {
  if (treatment.kind === 'keep') return literal;
  if (treatment.kind === 'block') tally.block(as);
  const [keepFirst, keepLast] = treatment.kind === 'mask' ? [treatment.keepFirst, treatment.keepLast] : [0, 0];
  const hidden = starred(literal.replace(/[eE].*$/, ''), keepFirst, keepLast).replaceAll('*', '9');
  // What is kept of the beginning may be a zero, which no other digit may follow.
  return hidden.replace(/^(-?)0(?=\d)/, '$19');
}
