/** With what a recorded copy is masked: with `bank` at least, and with everything that the traffic's own profile looks for. */
import type { Action, MaskProfile, Policy } from '../policy/policy.ts';
import { actionOf, namesOf } from './action.ts';
import { bankProfile } from './profile.ts';

/** What everything recorded is masked with; every policy has one. */
export const bankOf = (policy: Policy): MaskProfile => policy.profile('bank') ?? bankProfile;

/** One object for one pair: detectors are known by the object. */
const merged = new WeakMap<MaskProfile, WeakMap<MaskProfile, MaskProfile>>();

/** The traffic's profile itself, where what it leaves readable `bank` leaves too: then the copy is what was sent. */
export function copyProfileOf(bank: MaskProfile, traffic: MaskProfile | undefined): MaskProfile {
  if (traffic === undefined) return bank;
  const known = merged.get(bank)?.get(traffic);
  if (known !== undefined) return known;
  const profile = hidesAtLeast(traffic, bank) ? traffic : merge(bank, traffic);
  const ofBank = merged.get(bank) ?? new WeakMap();
  merged.set(bank, ofBank.set(traffic, profile));
  return profile;
}

function merge(bank: MaskProfile, traffic: MaskProfile): MaskProfile {
  return {
    ...bank,
    name: `${bank.name}+${traffic.name}`,
    entities: [...new Set([...bank.entities, ...traffic.entities])],
    custom: [...bank.custom, ...traffic.custom.filter((own) => !bank.custom.some((one) => isSame(one, own)))],
    fields: [...traffic.fields, ...bank.fields],
    ...(traffic.strictness === 'strict' && { strictness: traffic.strictness }),
  };
}

function hidesAtLeast(traffic: MaskProfile, bank: MaskProfile): boolean {
  return (
    isSame(otherParts(traffic), otherParts(bank)) &&
    (traffic.strictness === 'strict' || bank.strictness !== 'strict') &&
    bank.entities.every((entity) => traffic.entities.includes(entity)) &&
    bank.custom.every((own) => traffic.custom.some((one) => isSame(one, own))) &&
    bank.fields.every((own) => traffic.fields.some((one) => isSame(one, own))) &&
    namesOf(traffic).every((name) => hidesAs(actionOf(traffic, name), actionOf(bank, name)))
  );
}

/** What passes unread …: whatever else a profile says. */
const otherParts = ({ name, entities, custom, fields, actions, strictness, ...rest }: MaskProfile): object => rest;

const isSame = (one: object, other: object): boolean => JSON.stringify(one) === JSON.stringify(other);

/** A token can be turned back, and an auditor's copy must not depend on another key than its own. */
function hidesAs(action: Action, bank: Action): boolean {
  if (action.kind === 'redact' || action.kind === 'pseudonym' || action.kind === 'hash') return true;
  if (action.kind !== 'mask') return false;
  return bank.kind !== 'mask'
    ? action.keepFirst === 0 && action.keepLast === 0
    : action.keepFirst <= bank.keepFirst && action.keepLast <= bank.keepLast;
}
