/** Hides a whole value as an entity, whatever it looks like. */
import { maskAll, replacementOf, type Treatment } from '../action.ts';
import type { Detector } from '../detector.ts';
import { keptOf } from '../disclosure.ts';
import type { Tally } from '../tally.ts';

/** What a field rule makes of a value, counted. */
export class FieldHider {
  readonly #detector: Detector;
  readonly #tally: Tally;

  constructor(detector: Detector, tally: Tally) {
    this.#detector = detector;
    this.#tally = tally;
  }

  text(text: string, as: string): string {
    this.#tally.found(as);
    return hideValue(text, as, this.#detector.treatmentOf(as), this.#tally);
  }

  /** As it stands in JSON. */
  number(literal: string, as: string): string {
    this.#tally.found(as);
    return hideNumber(literal, as, this.#detector.treatmentOf(as), this.#tally);
  }

  get isBlocked(): boolean {
    return this.#tally.blocked !== undefined;
  }
}

type Mask = Extract<Treatment, { readonly kind: 'mask' }>;

const shown = /[\p{L}\p{N}]/gu;

function hideValue(text: string, as: string, treatment: Treatment, tally: Tally): string {
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
function hideNumber(literal: string, as: string, treatment: Treatment, tally: Tally): string {
  if (treatment.kind === 'keep') return literal;
  if (treatment.kind === 'block') tally.block(as);
  const action = treatment.kind === 'mask' ? treatment : maskAll;
  const hidden = starred(literal.replace(/[eE].*$/, ''), as, action).replaceAll('*', '9');
  // What is kept of the beginning may be a zero, which no other digit may follow.
  return hidden.replace(/^(-?)0(?=\d)/, '$19');
}
