/** What the schema cannot say of a mask profile: patterns that are safe, names that fit, and how much may stay readable. */
import { type CustomPattern, faultOfAll, parseCustomPattern } from '../masking/custom-pattern.ts';
import { type Disclosure, leastHidden, mostOf, mostOfCustom, usualOf } from '../masking/disclosure.ts';
import { entities } from '../masking/entities.ts';
import { builtInProfiles } from '../masking/profile.ts';
import type { Diagnostic } from './config.ts';
import { type Entry, read } from './entries.ts';
import { fieldFaults, fieldNames } from './field-faults.ts';
import { identifierPattern, identifierWords } from './schema-parts.ts';
import { didYouMean } from './suggest.ts';
import type { Path } from './yaml-source.ts';

/** A value that has a checksum by chance is one in ten; that is rare enough only for long ones. */
const longEnoughForChecksum = 8;

interface Profile {
  readonly entry: Entry;
  /** Entities, those of `like` included. */
  readonly named: readonly string[];
  /** Custom entries whose pattern is fine, by name. */
  readonly custom: ReadonlyMap<string, CustomPattern>;
  readonly customNames: readonly string[];
}

export interface ProfileWorld {
  /** Whether `keys.masking` names a key that can be read. Absent: that was not looked at. */
  readonly maskingKey?: boolean;
}

export function profileFaults(entry: Entry, world: ProfileWorld): readonly Diagnostic[] {
  if (entry.name === 'none')
    return [fault(entry, [], '"none" is built in: it means that nothing is masked', undefined, 'key')];
  const faults: Diagnostic[] = [];
  if (!identifierPattern.test(entry.name ?? '')) {
    faults.push(fault(entry, [], `"${entry.name}" is not ${identifierWords}`, undefined, 'key'));
  }
  const profile = readProfile(entry, faults);
  if (
    profile.named.length + profile.customNames.length === 0 &&
    ['entities', 'custom', 'fields', 'like'].every((key) => read(entry, key) === undefined)
  ) {
    faults.push(fault(entry, [], 'nothing to look for: say entities, custom, fields or like', undefined, 'key'));
  }
  faults.push(...fieldFaults(entry, [...entities, ...profile.customNames]));
  return [...faults, ...actionFaults(profile, world), ...(entry.name === 'bank' ? bankFaults(profile) : [])];
}

function fault(entry: Entry, path: Path, message: string, hint?: string, where: 'key' | 'value' = 'value'): Diagnostic {
  const at = [...entry.path, ...path];
  return where === 'key' ? entry.source.atKey(at, message, hint) : entry.source.at(at, message, hint);
}

const listAt = (entry: Entry, key: string): readonly unknown[] => {
  const value = read(entry, key);
  return Array.isArray(value) ? value : [];
};
const isText = (value: unknown): value is string => typeof value === 'string';

function readProfile(entry: Entry, faults: Diagnostic[]): Profile {
  const like = builtInProfiles.find(({ name }) => name === read(entry, 'like'));
  const named = [...new Set([...(like?.entities ?? []), ...listAt(entry, 'entities').filter(isText)])];
  const custom = new Map<string, CustomPattern>();
  const customNames: string[] = [];
  for (const index of listAt(entry, 'custom').keys()) {
    const name = read(entry, 'custom', index, 'name');
    if (isText(name)) faults.push(...nameFaults(entry, index, name, customNames));
    if (isText(name)) customNames.push(name);
    const pattern = readPattern(entry, index, faults);
    if (isText(name) && pattern !== undefined) custom.set(name, pattern);
  }
  const together = faultOfAll([...custom.values()].map(({ pattern }) => pattern));
  if (together !== undefined) faults.push(fault(entry, ['custom'], together.message, together.hint, 'key'));
  return { entry, named, custom, customNames };
}

const reserved: readonly string[] = [...entities, 'default', 'digit_run'];

function nameFaults(entry: Entry, index: number, name: string, earlier: readonly string[]): readonly Diagnostic[] {
  const at = ['custom', index, 'name'];
  if (reserved.includes(name)) return [fault(entry, at, `"${name}" is a name of ours`, 'choose another one')];
  return earlier.includes(name) ? [fault(entry, at, `custom "${name}" is defined twice`)] : [];
}

function readPattern(entry: Entry, index: number, faults: Diagnostic[]): CustomPattern | undefined {
  const source = read(entry, 'custom', index, 'pattern');
  if (!isText(source) || source === '') return undefined;
  const path = [...entry.path, 'custom', index, 'pattern'];
  const parsed = parseCustomPattern(source);
  if (!parsed.ok) {
    for (const { offset, message, hint } of parsed.error) {
      faults.push(entry.source.atCharacter(path, offset, `pattern: ${message} (character ${offset + 1})`, hint));
    }
    return undefined;
  }
  const mayCheck = parsed.value.minLength >= longEnoughForChecksum;
  const has = (key: string): boolean => read(entry, 'custom', index, key) !== undefined;
  const isNarrowed = has('keys') || has('context') || (has('checksum') && mayCheck);
  if (parsed.value.isWide && !isNarrowed) {
    const hint = `add keys: [names of its members], context: [words near it]${mayCheck ? ' or a checksum' : ''}`;
    faults.push(entry.source.at(path, 'pattern: it matches numbers and codes of every kind', hint));
  }
  return parsed.value;
}

function actionFaults(profile: Profile, world: ProfileWorld): readonly Diagnostic[] {
  const { entry, named, customNames } = profile;
  const actions = read(entry, 'actions');
  if (typeof actions !== 'object' || actions === null || Array.isArray(actions)) return [];
  const names = [...new Set([...named, ...customNames, ...fieldNames(entry)])];
  return Object.keys(actions).flatMap((key) => {
    const path = ['actions', key];
    if (key !== 'default' && !names.includes(key)) return [unknownAction(entry, key, [...names, 'default'])];
    const action = read(entry, ...path);
    return [...keyFaults(entry, path, action, world), ...disclosureFaults(profile, key, action)];
  });
}

function unknownAction(entry: Entry, key: string, names: readonly string[]): Diagnostic {
  const path = ['actions', key];
  if (entities.some((entity) => entity === key)) {
    return fault(entry, path, `"${key}" is not among this profile's entities`, undefined, 'key');
  }
  return fault(entry, path, `unknown entity "${key}"`, didYouMean(key, names) ?? `known: ${names.join(', ')}`, 'key');
}

/** `hash` needs none: its key lives and dies with the process. */
function keyFaults(entry: Entry, path: Path, action: unknown, world: ProfileWorld): readonly Diagnostic[] {
  if ((action !== 'tokenize' && action !== 'pseudonym') || world.maskingKey !== false) return [];
  const hint = 'make one as docs/configuration.md says, or let `countersign up` make it';
  return [
    fault(
      entry,
      path,
      `"${action}" needs a key, and keys.masking of countersign.yaml names none that can be read`,
      hint,
    ),
  ];
}

/** Counts of `{ mask: { keep_first, keep_last } }`; undefined for everything else. */
function keptBy(action: unknown): Disclosure | undefined {
  if (typeof action !== 'object' || action === null || !('mask' in action)) return undefined;
  const { mask } = action;
  if (typeof mask !== 'object' || mask === null) return undefined;
  const count = (key: string): number => {
    const value: unknown = Object.getOwnPropertyDescriptor(mask, key)?.value;
    return typeof value === 'number' ? value : 0;
  };
  return { first: count('keep_first'), last: count('keep_last') };
}

function disclosureFaults(profile: Profile, key: string, action: unknown): readonly Diagnostic[] {
  const kept = keptBy(action);
  if (kept === undefined) return [];
  const own = read(profile.entry, 'actions');
  const written = typeof own === 'object' && own !== null ? Object.keys(own) : [];
  const affected =
    key === 'default'
      ? [...profile.named, ...profile.customNames, ...fieldNames(profile.entry)].filter(
          (name) => !written.includes(name),
        )
      : [key];
  for (const name of affected) {
    const message = excess(profile, name, kept);
    if (message !== undefined) return [fault(profile.entry, ['actions', key], message)];
  }
  return [];
}

function excess({ custom, customNames }: Profile, name: string, kept: Disclosure): string | undefined {
  const limit = customNames.includes(name) ? mostOfCustom : mostOf(name);
  if (kept.first > limit.first || kept.last > limit.last) {
    return `of ${name} at most the first ${limit.first} and the last ${limit.last} may stay readable`;
  }
  const shortest = custom.get(name)?.minLength;
  if (shortest === undefined || shortest - kept.first - kept.last >= leastHidden) return undefined;
  return `of the shortest ${name} fewer than ${leastHidden} characters would stay hidden`;
}

/** What is recorded is masked with `bank` whatever the traffic was: a narrower one would weaken every record. */
function bankFaults({ entry, named }: Profile): readonly Diagnostic[] {
  const missing = entities.filter((entity) => !named.includes(entity));
  const place = read(entry, 'entities') === undefined ? [] : ['entities'];
  const actions = read(entry, 'actions');
  const written = typeof actions === 'object' && actions !== null ? Object.keys(actions) : [];
  return [
    ...(missing.length > 0
      ? [
          fault(
            entry,
            place,
            `"bank" protects what is recorded, so it holds every entity; missing: ${missing.join(', ')}`,
            'like: bank holds them all',
          ),
        ]
      : []),
    ...(read(entry, 'binary_parts') === 'keep'
      ? [fault(entry, ['binary_parts'], '"bank" protects what is recorded: it keeps no parts that nobody reads')]
      : []),
    ...written
      .filter((key) => weakens(key, read(entry, 'actions', key)))
      .map((key) =>
        fault(
          entry,
          ['actions', key],
          '"bank" protects what is recorded: its actions are mask and redact, and nothing stays readable but the last 4 of a card',
        ),
      ),
  ];
}

function weakens(key: string, action: unknown): boolean {
  if (typeof action === 'string') return action !== 'mask' && action !== 'redact';
  const kept = keptBy(action);
  if (kept === undefined) return false;
  const usual = usualOf(key);
  return kept.first > usual.first || kept.last > usual.last;
}
