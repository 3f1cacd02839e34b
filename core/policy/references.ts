/** What the schema cannot say: names that must exist or be unique, CEL, approvals that fit their rule, routes that collide. */
import { builtInProfiles } from '../masking/profile.ts';
import type { PatternEngine } from '../ports.ts';
import type { Diagnostic } from './config.ts';
import { type Entry, listEntries, profileEntries, read } from './entries.ts';
import { compileExpression } from './expression.ts';
import { fieldReachFaults } from './field-reach.ts';
import { opaqueFaults } from './opaque.ts';
import { parsePathPattern, validateTemplate } from './path-pattern.ts';
import { type ProfileWorld, profileFaults } from './profile-faults.ts';
import { checkRoutes } from './route-collisions.ts';
import { didYouMean } from './suggest.ts';
import { parseDuration } from './units.ts';
import type { Path, YamlSource } from './yaml-source.ts';

export interface KnownNames extends ProfileWorld {
  readonly credentials: readonly string[] | undefined;
  /** Whether records go to Kafka; undefined where nobody knows. */
  readonly kafka?: boolean | undefined;
}

export function checkReferences(
  sources: readonly YamlSource[],
  known: KnownNames,
  { namesAreComplete }: { readonly namesAreComplete: boolean },
  patterns: PatternEngine,
): readonly Diagnostic[] {
  const endpoints = sources.flatMap((source) => listEntries(source, 'endpoints'));
  const rules = sources.flatMap((source) => listEntries(source, 'rules'));
  const profiles = sources.flatMap(profileEntries);
  const reference = (entry: Entry, path: Path, names: readonly string[] | undefined, kind: string) =>
    namesAreComplete && names ? unknownName(entry, path, names, kind) : [];

  const endpointNames = namesOf(endpoints);
  const profileNames = [...builtInProfiles.map(({ name }) => name), ...namesOf(profiles)];
  return [
    ...duplicates(endpoints, 'endpoint'),
    ...duplicates(rules, 'rule'),
    ...duplicates(profiles, 'mask profile'),
    ...endpoints.flatMap((entry) => [
      ...reference(entry, ['mask', 'request'], profileNames, 'mask profile'),
      ...reference(entry, ['mask', 'response'], profileNames, 'mask profile'),
      ...reference(entry, ['upstream', 'credential'], known.credentials, 'credential'),
      ...template(entry),
      ...durability(entry, known),
      ...strictness(entry),
    ]),
    ...checkRoutes(endpoints),
    ...opaqueFaults(endpoints, rules, patterns),
    ...rules.flatMap((entry) => [
      ...reference(entry, ['match', 'endpoint'], endpointNames, 'endpoint'),
      ...expression(entry, patterns),
      ...approval(entry),
    ]),
    ...profiles.flatMap((entry) => profileFaults(entry, known)),
    ...fieldReachFaults(endpoints, profiles),
  ];
}

function durability(entry: Entry, { kafka }: KnownNames): readonly Diagnostic[] {
  if (kafka !== false || read(entry, 'record', 'durability') !== 'broker') return [];
  const message = 'durability "broker" without Kafka: every call would be refused';
  return [entry.source.at([...entry.path, 'record', 'durability'], message, 'add a section kafka to countersign.yaml')];
}

/** What is released only once it is kept must be kept. */
function strictness(entry: Entry): readonly Diagnostic[] {
  if (read(entry, 'record', 'response') !== 'strict' || read(entry, 'record', 'payload') !== 'digest') return [];
  const message = 'response: strict needs payload: sealed: with a digest alone nothing is kept before it is released';
  return [entry.source.at([...entry.path, 'record', 'response'], message)];
}

function namesOf(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap((entry) => (entry.name === undefined ? [] : [entry.name]));
}

function duplicates(entries: readonly Entry[], kind: string): readonly Diagnostic[] {
  const first = new Map<string, Entry>();
  return entries.flatMap((entry) => {
    if (entry.name === undefined) return [];
    const earlier = first.get(entry.name);
    if (!earlier) {
      first.set(entry.name, entry);
      return [];
    }
    const place = earlier.source.at([...earlier.path, 'name'], '');
    const message = `${kind} "${entry.name}" is defined twice`;
    return [entry.source.at([...entry.path, 'name'], message, `first at ${place.file}:${place.line}:${place.column}`)];
  });
}

function unknownName(entry: Entry, path: Path, names: readonly string[], kind: string): readonly Diagnostic[] {
  const name = read(entry, ...path);
  if (typeof name !== 'string' || names.includes(name)) return [];
  const hint = didYouMean(name, names) ?? (names.length > 0 ? `known: ${names.join(', ')}` : `no ${kind} is defined`);
  return [entry.source.at([...entry.path, ...path], `unknown ${kind} "${name}"`, hint)];
}

function template(entry: Entry): readonly Diagnostic[] {
  const path = read(entry, 'match', 'path');
  const name = read(entry, 'model', 'name');
  if (typeof path !== 'string' || typeof name !== 'string') return [];
  const pattern = parsePathPattern(path);
  const fault = pattern.ok ? validateTemplate(name, pattern.value) : undefined;
  return fault === undefined ? [] : [entry.source.at([...entry.path, 'model', 'name'], `"${name}": ${fault}`)];
}

function expression(entry: Entry, patterns: PatternEngine): readonly Diagnostic[] {
  const when = read(entry, 'when');
  if (typeof when !== 'string' || when === '') return [];
  const compiled = compileExpression(when, patterns);
  if (compiled.ok) return [];
  return compiled.error.map(({ offset, message, hint }) =>
    entry.source.atCharacter([...entry.path, 'when'], offset, `${message} (character ${offset + 1} of when)`, hint),
  );
}

function approval(entry: Entry): readonly Diagnostic[] {
  const effect = read(entry, 'then');
  const terms = read(entry, 'approval');
  const at = [...entry.path, 'approval'];
  if (effect === 'hold' && terms === undefined) {
    return [
      entry.source.at([...entry.path, 'then'], 'a hold needs approval: { groups: […] }: nobody could approve it'),
    ];
  }
  if (terms !== undefined && (effect === 'allow' || effect === 'deny')) {
    return [entry.source.atKey(at, `approval has no meaning on a rule that says ${effect}`)];
  }
  const wait = durationAt(entry, 'wait', '240s');
  const expires = durationAt(entry, 'expires', '30m');
  if (wait === undefined || expires === undefined || wait <= expires) return [];
  return [entry.source.at([...at, 'wait'], 'wait is longer than expires: the approval would be gone before the call')];
}

function durationAt(entry: Entry, key: string, fallback: string): number | undefined {
  const value = read(entry, 'approval', key) ?? fallback;
  return typeof value === 'string' ? parseDuration(value) : undefined;
}
