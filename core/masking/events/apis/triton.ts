/**
 * Triton's `generate_stream` for models with decoupled answers: the members of an event are the outputs of the model, by name;
 * `text_output` of most language models. Nothing says which output goes on, so all texts do. Nothing but the end ends them.
 */

import { envelopeOf, nested } from '../carry.ts';
import { type EventApi, type EventKind, familyOfNames, laneKey, noLane } from '../event-api.ts';
import type { PathStep } from '../json-spots.ts';
import { isTextKey, spellsAgain } from '../running-text.ts';

const structural: ReadonlySet<PathStep> = new Set(['id', 'model_name', 'model_version', 'error', 'parameters']);

const outputKind: EventKind = {
  ended: () => noLane,
  laneOf: (_, { kind, path }) =>
    structural.has(path[0] ?? '') || (kind !== 'string' && !isTextKey(path.at(-1))) ? undefined : laneKey(...path),
  familyOf: (_, path) => familyOfNames(path),
  carrierOf: (_, path) => (like, text, hide) => {
    const members = Object.entries(envelopeOf(like, hide)).filter(([key]) => structural.has(key));
    return { ...Object.fromEntries(members), ...Object(nested(path, text, hide)) };
  },
  isStray: () => false,
};

export const tritonEvents: EventApi = {
  kindOf: () => outputKind,
  isDropped: spellsAgain,
  indexes: [],
  varying: new Set(['sequence_id', 'sequence_start', 'sequence_end']),
};
