/** What the ledgers say of the calls of a test. */
import assert from 'node:assert/strict';
import { at, readTrail, terminalTypes } from '@countersign/envoy/test/harness/trail.ts';

/** Terminal records by session; more than one of a session throws. */
export function endings(ledger: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { type, session = '' } of readTrail(ledger)) {
    if (!type.startsWith('session.')) continue;
    const isTerminal = terminalTypes.some((terminal) => terminal === type);
    counts.set(session, (counts.get(session) ?? 0) + (isTerminal ? 1 : 0));
  }
  for (const [session, count] of counts) assert.ok(count <= 1, `${count} terminal records of ${session}`);
  return counts;
}

/** In the order in which they began. */
export const endedSessions = (ledger: string): readonly string[] =>
  [...endings(ledger)].flatMap(([session, count]) => (count === 1 ? [session] : [])).toSorted();

/** Whether every service has taken another policy than the one it began with. Throws when one was not taken. */
export function policyIsAnother(ledger: string): boolean {
  const trail = readTrail(ledger);
  const rejected = trail.find(({ type }) => type === 'policy.rejected');
  if (rejected !== undefined) throw new Error(JSON.stringify(rejected.data));
  const loads = trail.filter(({ type }) => type === 'policy.loaded');
  const byService = Map.groupBy(loads, ({ chain }) => chain.ledger);
  return [...byService.values()].every((ofService) => new Set(ofService.map((load) => at(load, 'revision'))).size > 1);
}
