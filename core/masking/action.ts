/** What becomes of a value, by its entity. */
import type { Action, MaskProfile } from '../policy/policy.ts';
import type { Entity } from './entities.ts';

const maskAll: Action = { kind: 'mask', keepFirst: 0, keepLast: 0 };

/** What a receipt may show of a card (PCI DSS 3.4.1 allows more); of all else nothing. */
export const bankActions: MaskProfile['actions'] = {
  default: maskAll,
  of: { credit_card: { kind: 'mask', keepFirst: 0, keepLast: 4 } },
};

export const actionOf = (profile: MaskProfile, entity: Entity): Action =>
  profile.actions.of[entity] ?? profile.actions.default;
