/** The profiles that exist without being written. */
import type { MaskProfile } from '../policy/policy.ts';
import { bankActions } from './action.ts';
import { entities } from './entities.ts';

/** Everything this version detects; a card keeps its last four digits, which is what a receipt may show. */
export const bankProfile: MaskProfile = { name: 'bank', entities, custom: [], fields: [], actions: bankActions };

/** The same, content with less evidence: more is hidden that is nobody's. */
export const strictProfile: MaskProfile = { ...bankProfile, name: 'strict', strictness: 'strict' };

/** What moves money or names a person beyond doubt. */
export const minimalProfile: MaskProfile = {
  ...bankProfile,
  name: 'minimal',
  entities: ['credit_card', 'us_ssn', 'us_itin', 'iban'],
};

/**
 * No entity: that direction of the traffic passes byte for byte, and nothing is looked for, so nothing is counted. It says
 * nothing about the recorded copy, which is masked with `bank` all the same.
 */
export const noneProfile: MaskProfile = { name: 'none', entities: [], custom: [], fields: [], actions: bankActions };

/** A policy may build on those that mask something (`like`). */
export const builtInProfiles: readonly MaskProfile[] = [noneProfile, bankProfile, strictProfile, minimalProfile];

/** Nothing is looked for. */
export const isEmpty = ({ entities: named, custom, fields }: MaskProfile): boolean =>
  named.length === 0 && custom.length === 0 && fields.length === 0;
