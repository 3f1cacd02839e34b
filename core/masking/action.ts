/** What becomes of a value, by its entity. */
import type { Action, MaskProfile } from '../policy/policy.ts';
import type { Replacements } from '../ports.ts';
import { usualOf } from './disclosure.ts';

/** Nothing stays readable. */
export const maskAll = { kind: 'mask', keepFirst: 0, keepLast: 0 } as const satisfies Action;

/** `mask` without numbers. */
export function usualMask(name: string): Action {
  const { first, last } = usualOf(name);
  return { kind: 'mask', keepFirst: first, keepLast: last };
}

export const bankActions: MaskProfile['actions'] = {
  default: maskAll,
  of: { credit_card: usualMask('credit_card') },
};

/** `name`: of an entity, or of a custom one. */
export function actionOf({ actions }: MaskProfile, name: string): Action {
  return (Object.hasOwn(actions.of, name) ? actions.of[name] : undefined) ?? actions.default;
}

/** An action with all it needs at hand. */
export type Treatment =
  | Extract<Action, { readonly kind: 'mask' }>
  | { readonly kind: 'keep' | 'block' }
  | { readonly kind: 'replace'; readonly with: (value: string) => string };
export type TreatmentOf = (entity: string) => Treatment;

/**
 * What is written in place of a value. undefined: it would need an escape in a JSON string at some depth, or in an event, and so
 * is not written; the value gets stars.
 */
export function replacementOf(
  treatment: Extract<Treatment, { readonly kind: 'replace' }>,
  value: string,
): string | undefined {
  const text = treatment.with(value);
  return isReplacement(text) ? text : undefined;
}

/** Printable ASCII without quotes and backslashes: it may stand in JSON at any depth. */
export const isReplacement = (text: string): boolean => /^[ !#-[\]-~]+$/.test(text);

/** undefined: an action needs `replacements`, and there are none. */
export function treatments(profile: MaskProfile, replacements: Replacements | undefined): TreatmentOf | undefined {
  const treatmentOf = new Map<string, Treatment>();
  for (const entity of namesOf(profile)) {
    const treatment = treatmentFor(entity, actionOf(profile, entity), replacements);
    if (treatment === undefined) return undefined;
    treatmentOf.set(entity, treatment);
  }
  // What belongs to no entity, such as a run of digits that is too long, is masked whatever the profile says.
  return (entity) => treatmentOf.get(entity) ?? maskAll;
}

/** Of everything that may be hidden. */
export const namesOf = ({ entities, custom, fields }: MaskProfile): readonly string[] => [
  ...entities,
  ...custom.map(({ name }) => name),
  ...fields.map(({ as }) => as),
];

function treatmentFor(entity: string, action: Action, replacements: Replacements | undefined): Treatment | undefined {
  switch (action.kind) {
    case 'mask':
      return action;
    case 'keep':
    case 'block':
      return { kind: action.kind };
    case 'redact': {
      const label = `[${entity.toUpperCase()}]`;
      return { kind: 'replace', with: () => label };
    }
    case 'tokenize':
    case 'pseudonym':
    case 'hash': {
      const { kind } = action;
      return replacements && { kind: 'replace', with: (value) => replacements.replace(kind, entity, value) };
    }
  }
}

/** Why no masker is made for a profile whose actions need keys, where there are none. */
export const replacementsMissing = 'replacements_missing';

/** `blocked_us_ssn`: why nothing behind a value leaves whose action is `block`. */
export const blockedBy = (entity: string): string => `blocked_${entity}`;
export const isBlockedBy = (reason: string): boolean => reason.startsWith(blockedBy(''));

const keeping = new WeakMap<MaskProfile, MaskProfile>();

/** The same profile with `mask` for every action whose result may be longer than what it replaces. */
export function lengthKeeping(profile: MaskProfile): MaskProfile {
  let kept = keeping.get(profile);
  if (kept === undefined) {
    const { actions } = profile;
    const of = Object.fromEntries(Object.entries(actions.of).map(([name, action]) => [name, inPlace(action)]));
    kept = { ...profile, actions: { default: inPlace(actions.default), of } };
    keeping.set(profile, kept);
  }
  return kept;
}

const inPlace = (action: Action): Action =>
  action.kind === 'mask' || action.kind === 'keep' || action.kind === 'block' ? action : maskAll;
