/** From what a person wrote (validated) to the types of the rest of the system, defaults filled in. */
import { builtInProfiles } from '../masking/profile.ts';
import type { PatternEngine } from '../ports.ts';
import { parseAuthority } from './authority.ts';
import { compileExpression, type Expression } from './expression.ts';
import type { ApprovalTerms, Endpoint, MaskProfile, Rule } from './policy.ts';
import type { EndpointEntry, PolicyFile, RuleEntry } from './schema.ts';
import { toProfile } from './to-profile.ts';

/** A policy as data, with the compiled `when` of each rule by its name. */
export interface PolicyDraft {
  readonly endpoints: readonly Endpoint[];
  readonly rules: readonly Rule[];
  readonly profiles: readonly MaskProfile[];
  readonly expressions: ReadonlyMap<string, Expression>;
}

/** `files` passed validation and reference checks, in order. */
export function toDraft(files: readonly PolicyFile[], patterns: PatternEngine): PolicyDraft {
  const expressions = new Map<string, Expression>();
  const rules = files.flatMap((file) => (file.rules ?? []).map((rule) => toRule(rule, expressions, patterns)));
  const profiles = new Map<string, MaskProfile>(builtInProfiles.map((profile) => [profile.name, profile]));
  for (const file of files) {
    for (const [name, profile] of Object.entries(file.mask ?? {})) profiles.set(name, toProfile(name, profile));
  }
  return {
    endpoints: files.flatMap((file) => (file.endpoints ?? []).map(toEndpoint)),
    rules,
    profiles: [...profiles.values()],
    expressions,
  };
}

function toEndpoint(entry: EndpointEntry): Endpoint {
  const { version, tier, owner } = entry.model;
  const credential = entry.upstream.credential;
  const authority = parseAuthority(entry.match.host);
  const host = authority?.port === undefined ? authority?.host : `${authority.host}:${authority.port}`;
  return {
    name: entry.name,
    match: { host: host ?? entry.match.host, path: entry.match.path, methods: entry.match.methods },
    api: entry.api,
    model: {
      name: entry.model.name,
      ...(version !== undefined && { version }),
      ...(tier !== undefined && { tier }),
      ...(owner !== undefined && { owner }),
    },
    mask: entry.mask,
    record: toRecord(entry.record),
    upstream: credential === undefined ? {} : { credential },
  };
}

function toRecord({ reveal, ...record }: EndpointEntry['record']): Endpoint['record'] {
  return reveal === undefined ? record : { ...record, reveal };
}

function toRule(entry: RuleEntry, expressions: Map<string, Expression>, patterns: PatternEngine): Rule {
  const { endpoint, groups, subjects, issuer } = entry.match;
  const compiled = entry.when === undefined ? undefined : compileExpression(entry.when, patterns);
  // Checked before; if it ever failed here, a rule without its condition must not come into force.
  if (compiled && !compiled.ok) throw new Error(`rule ${entry.name}: when was checked and does not compile`);
  if (compiled) expressions.set(entry.name, compiled.value);
  return {
    name: entry.name,
    match: {
      ...(endpoint !== undefined && { endpoint }),
      ...(groups !== undefined && { groups }),
      ...(subjects !== undefined && { subjects }),
      ...(issuer !== undefined && { issuer }),
    },
    ...(entry.when !== undefined && { when: entry.when }),
    readsBody: compiled?.value.readsBody ?? false,
    // biome-ignore lint/suspicious/noThenProperty: the word of the policy language; nothing awaits a rule
    then: entry.then,
    ...(entry.approval !== undefined && { approval: toTerms(entry.approval) }),
    ...(entry.because !== undefined && { because: entry.because }),
    mode: entry.mode,
  };
}

function toTerms(entry: NonNullable<RuleEntry['approval']>): ApprovalTerms {
  return {
    groups: entry.groups,
    count: entry.count,
    waitMs: entry.wait,
    expiresMs: entry.expires,
    scope: entry.scope,
  };
}
