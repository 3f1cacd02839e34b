/**
 * How much of a value a mask may leave readable. The policy is checked against it at load; `keptOf` keeps a value that is
 * shorter than usual from standing there almost whole.
 */
import type { Action } from '../policy/policy.ts';

export interface Disclosure {
  /** Letters and digits at the beginning and at the end of the value. */
  readonly first: number;
  readonly last: number;
}

/** Letters and digits of every value that stay hidden, whatever a policy says. */
export const leastHidden = 4;

/** The first eight of a card only where it has sixteen digits or more (PCI SSC FAQ 1091); else the first six. */
const longCard = 16;
const shortCardFirst = 6;

const nothing: Disclosure = { first: 0, last: 0 };
const lastFour: Disclosure = { first: 0, last: 4 };

const most: Readonly<Record<string, Disclosure>> = {
  credit_card: { first: 8, last: 4 },
  iban: { first: 4, last: 4 },
  email: { first: 1, last: 0 },
  ip_address: nothing,
  date_of_birth: nothing,
  person_name: nothing,
};

/** Of a custom entity, whose values say nothing to us. */
export const mostOfCustom: Disclosure = { first: 4, last: 4 };

export const mostOf = (entity: string): Disclosure =>
  (Object.hasOwn(most, entity) ? most[entity] : undefined) ?? lastFour;

/** What `mask` without numbers leaves: nothing, but the last four digits of a card, which a receipt may show. */
export const usualOf = (name: string): Disclosure => (name === 'credit_card' ? lastFour : nothing);

/** What stays readable of a value with `length` letters and digits. The beginning is given up first. */
export function keptOf(action: Extract<Action, { kind: 'mask' }>, name: string, length: number): Disclosure {
  const room = Math.max(0, length - leastHidden);
  const last = Math.min(action.keepLast, room);
  const longest = name === 'credit_card' && length < longCard ? shortCardFirst : action.keepFirst;
  return { first: Math.min(action.keepFirst, longest, room - last), last };
}
