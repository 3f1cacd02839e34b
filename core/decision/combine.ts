/**
 * How matching rules become one decision. The order of rules never changes the effect:
 * - a deny wins over everything;
 * - a hold qualifies an allow; without a matching allow it is deny, however many holds match;
 * - nothing matched is deny.
 * Where one rule must be named, it is the first of its kind in file order.
 */
import type { ApprovalTerms, Decision, Effect, Rule } from '../policy/policy.ts';

/** A rule whose `match` and `when` hit. `failed`: its `when` could not be evaluated. */
export interface Match {
  readonly rule: Rule;
  readonly failed: boolean;
}

export function combine(matches: readonly Match[], revision: string): Decision {
  const effective = matches.filter(({ rule, failed }) => countsAsMatch(rule.then, failed));
  const enforced = effective.filter(({ rule }) => rule.mode === 'enforce').map(({ rule }) => rule);
  return {
    ...outcome(enforced),
    matched: enforced.map((rule) => rule.name),
    shadow: effective.flatMap(({ rule }) => (rule.mode === 'shadow' ? [{ rule: rule.name, effect: rule.then }] : [])),
    failed: matches.flatMap(({ rule, failed }) => (failed ? [rule.name] : [])),
    revision,
  };
}

/** What could not be evaluated never opens anything: it counts for deny and hold, not for allow. */
function countsAsMatch(effect: Effect, failed: boolean): boolean {
  return !failed || effect !== 'allow';
}

type Outcome = Pick<Decision, 'effect' | 'rule' | 'reason' | 'because' | 'approval'>;

function outcome(enforced: readonly Rule[]): Outcome {
  const deny = enforced.find((rule) => rule.then === 'deny');
  if (deny) return decided('deny', deny, 'rule_deny');
  const allow = enforced.find((rule) => rule.then === 'allow');
  if (!allow) return { effect: 'deny', reason: 'no_allow_rule' };
  const holds = enforced.filter((rule) => rule.then === 'hold');
  const [first] = holds;
  if (!first) return decided('allow', allow, 'rule_allow');
  const terms = strictest(holds);
  if (!terms) return decided('deny', first, 'holds_conflict');
  return { ...decided('hold', first, 'rule_hold'), approval: { ...terms, rule: first.name } };
}

function decided(effect: Effect, rule: Rule, reason: string): Outcome {
  return { effect, rule: rule.name, reason, ...(rule.because !== undefined && { because: rule.because }) };
}

/**
 * Terms that satisfy every matching hold at once: groups that all of them accept, the most people, the shortest times.
 * undefined: no group is accepted by all, so nobody could approve for all of them.
 */
function strictest(holds: readonly Rule[]): ApprovalTerms | undefined {
  let strict: ApprovalTerms | undefined;
  for (const { approval } of holds) {
    if (!approval) return undefined;
    strict = strict ? both(strict, approval) : approval;
  }
  return strict && strict.groups.length > 0 ? strict : undefined;
}

function both(a: ApprovalTerms, b: ApprovalTerms): ApprovalTerms {
  return {
    groups: a.groups.filter((group) => b.groups.includes(group)),
    count: Math.max(a.count, b.count),
    waitMs: Math.min(a.waitMs, b.waitMs),
    expiresMs: Math.min(a.expiresMs, b.expiresMs),
    scope: 'request',
  };
}
