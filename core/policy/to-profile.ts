/** A mask profile as it was written → what the engine reads. */
import { bankActions, usualMask } from '../masking/action.ts';
import { parseCustomPattern } from '../masking/custom-pattern.ts';
import { builtInProfiles } from '../masking/profile.ts';
import type { Action, CustomEntity, FieldRule, MaskProfile } from './policy.ts';
import type { ActionEntry, CustomEntry, FieldEntry, ProfileEntry } from './profile-schema.ts';

export function toProfile(name: string, entry: ProfileEntry): MaskProfile {
  const base = builtInProfiles.find((profile) => profile.name === entry.like);
  return {
    name,
    entities: [...new Set([...(base?.entities ?? []), ...(entry.entities ?? [])])],
    custom: (entry.custom ?? []).map(toCustom),
    ...strictnessOf(entry.strictness ?? base?.strictness),
    fields: (entry.fields ?? []).map(toFieldRule),
    ...(entry.binary_parts === 'keep' && { binaryParts: entry.binary_parts }),
    actions: toActions(entry.actions ?? {}, base?.actions ?? bankActions),
  };
}

const strictnessOf = (strictness: MaskProfile['strictness']): Pick<MaskProfile, 'strictness'> =>
  strictness === undefined ? {} : { strictness };

const toFieldRule = ({ path, protobuf, as }: FieldEntry): FieldRule => ({
  ...(path !== undefined && { path }),
  ...(protobuf !== undefined && { protobuf }),
  as,
});

function toCustom({ name, pattern, checksum, keys, context }: CustomEntry): CustomEntity {
  const parsed = parseCustomPattern(pattern);
  // Checked before; if it ever failed here, a value that is to be hidden must not pass instead.
  if (!parsed.ok) throw new Error(`custom ${name}: pattern was checked and does not parse`);
  return {
    name,
    pattern: parsed.value.pattern,
    ...(checksum !== undefined && { checksum }),
    keys: keys ?? [],
    context: context ?? [],
  };
}

/** A default that is written takes the place of everything that `like` brought: it stands for all that is not written. */
function toActions(
  { default: fallback, ...own }: Readonly<Record<string, ActionEntry>>,
  base: MaskProfile['actions'],
): MaskProfile['actions'] {
  const inherited = fallback === undefined ? base : written(fallback);
  const of = Object.entries(own).map(([name, action]): [string, Action] => [name, toAction(action, name)]);
  return { default: inherited.default, of: { ...inherited.of, ...Object.fromEntries(of) } };
}

const written = (fallback: ActionEntry): MaskProfile['actions'] =>
  fallback === 'mask' ? bankActions : { default: toAction(fallback, 'default'), of: {} };

function toAction(entry: ActionEntry, name: string): Action {
  if (entry === 'mask') return usualMask(name);
  if (typeof entry === 'string') return { kind: entry };
  return { kind: 'mask', keepFirst: entry.mask.keep_first, keepLast: entry.mask.keep_last };
}
