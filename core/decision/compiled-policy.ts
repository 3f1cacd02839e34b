import type { Expression, Facts } from '../policy/expression.ts';
import type { Decision, IdentityFacts, MaskProfile, Policy, Rule } from '../policy/policy.ts';
import { revisionOf } from '../policy/revision.ts';
import { createRouter } from '../policy/routes.ts';
import type { PolicyDraft } from '../policy/to-policy.ts';
import type { Hash } from '../ports.ts';
import { combine, type Match } from './combine.ts';

interface CompiledRule {
  readonly rule: Rule;
  readonly subjects: ReadonlySet<string> | undefined;
  readonly expression: Expression | undefined;
}

/** Immutable. A call looks only at the rules of its endpoint; the body-free part of them is `preFilter`'s. */
export function createPolicy(draft: PolicyDraft, hash: Hash): Policy {
  const revision = revisionOf(draft, hash);
  const compiled = draft.rules.map((rule) => compile(rule, draft.expressions));
  const byEndpoint = new Map(
    draft.endpoints.map(({ name }) => [name, compiled.filter(({ rule }) => (rule.match.endpoint ?? name) === name)]),
  );
  const streaming = new Set(
    draft.endpoints.flatMap(({ name, api }) =>
      api === 'opaque' && !(byEndpoint.get(name) ?? []).some(needsRequest) ? [name] : [],
    ),
  );
  const profiles = new Map<string, MaskProfile>(draft.profiles.map((profile) => [profile.name, profile]));
  const unknownEndpoint: Decision = {
    effect: 'deny',
    reason: 'no_endpoint',
    matched: [],
    shadow: [],
    failed: [],
    revision,
  };
  return {
    revision,
    endpoints: draft.endpoints,
    rules: draft.rules,
    profiles: draft.profiles,
    profile: (name) => profiles.get(name),
    route: createRouter(draft.endpoints),
    streamsRequest: (name) => streaming.has(name),
    evaluate: (identity, request, endpoint, body) => {
      const rules = byEndpoint.get(endpoint.name);
      if (!rules) return unknownEndpoint;
      return combine(matching(rules, { identity, request, endpoint, body }), revision);
    },
    preFilter: (identity, request, endpoint) => {
      const rules = byEndpoint.get(endpoint.name);
      if (!rules) return { outcome: 'refuse', decision: unknownEndpoint };
      const facts = { identity, request, endpoint };
      const decision = combine(matching(rules, facts), revision);
      if (decision.reason !== 'rule_deny') {
        if (decision.reason !== 'no_allow_rule' || allowRemainsPossible(rules, identity))
          return { outcome: 'continue' };
      }
      return { outcome: 'refuse', decision };
    },
  };
}

/** In shadow mode too: what such a rule would have done is recorded. */
const needsRequest = ({ rule }: CompiledRule): boolean => rule.readsBody || rule.then === 'hold';

function compile(rule: Rule, expressions: ReadonlyMap<string, Expression>): CompiledRule {
  const { subjects } = rule.match;
  return {
    rule,
    subjects: subjects && new Set(subjects),
    expression: rule.when === undefined ? undefined : expressions.get(rule.name),
  };
}

/** Without a body in `facts`, rules that read it are left out: nothing is known about them yet. */
function matching(rules: readonly CompiledRule[], facts: Facts): readonly Match[] {
  const groups = new Set(facts.identity.groups);
  const matches: Match[] = [];
  for (const compiled of rules) {
    if (compiled.rule.readsBody && !facts.body) continue;
    if (!isFor(compiled, facts.identity, groups)) continue;
    const value = compiled.expression ? compiled.expression.evaluate(facts) : true;
    if (value !== false) matches.push({ rule: compiled.rule, failed: value === undefined });
  }
  return matches;
}

/** The `match` block without its endpoint, which the index has answered. */
function isFor({ rule, subjects }: CompiledRule, identity: IdentityFacts, groups: ReadonlySet<string>): boolean {
  const { match } = rule;
  if (match.issuer !== undefined && match.issuer !== identity.issuer) return false;
  if (subjects && !subjects.has(identity.subject)) return false;
  return match.groups === undefined || match.groups.some((group) => groups.has(group));
}

function allowRemainsPossible(rules: readonly CompiledRule[], identity: IdentityFacts): boolean {
  const groups = new Set(identity.groups);
  return rules.some(
    (compiled) =>
      compiled.rule.then === 'allow' &&
      compiled.rule.mode === 'enforce' &&
      compiled.rule.readsBody &&
      isFor(compiled, identity, groups),
  );
}
