/** A gateway that has ended, and what `ledger reconcile` says of its log and its ledgers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ReconcileReport, reconcile } from '@countersign/adapters/access-log/reconcile.ts';
import { directorySources } from '@countersign/adapters/sqlite/ledger-sources.ts';
import { type Difference, reasons } from '@countersign/core/ledger/reconcile/reasons.ts';
import type { Gateway } from './gateway.ts';

export const accessLogOf = ({ directory }: Gateway): string => join(directory, 'access.log');

/** Envoy first, which writes its log out; then the services, which close their ledgers. */
export async function endAll({ envoy, authzs, procs }: Gateway): Promise<void> {
  await envoy.end('SIGTERM');
  await Promise.all([...authzs, ...procs].map((started) => started.end('SIGTERM')));
}

export interface Reconciled extends ReconcileReport {
  readonly differences: readonly Difference[];
  readonly explained: readonly Difference[];
}

/** Of all that there was: the period ends when everything has. */
export async function reconciled(logs: readonly string[], ledger: string): Promise<Reconciled> {
  const all: Difference[] = [];
  const report = await reconcile({
    logs,
    ledgers: () => directorySources(ledger),
    fromMs: 0,
    toMs: Date.now(),
    others: new Set(),
    onProgress: () => undefined,
    onEach: (difference) => all.push(difference),
  });
  const [explained, differences] = [true, false].map((is) =>
    all.filter(({ reason }) => reasons[reason].explains === is),
  );
  return { ...report, differences: differences ?? [], explained: explained ?? [] };
}

export const logLines = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n');
