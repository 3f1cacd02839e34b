/** The parts between the cover and the exceptions, each from what the store has of it. */
import { controlsPart, type EvidenceCounts } from '@countersign/core/evidence/controls.ts';
import { accessPart, holdsOf } from '@countersign/core/evidence/gather/access.ts';
import { approvalsPart } from '@countersign/core/evidence/gather/approvals.ts';
import { blocksPart } from '@countersign/core/evidence/gather/blocks.ts';
import { changesPart } from '@countersign/core/evidence/gather/changes.ts';
import { type IntegrityTold, integrityPart, recordsOf } from '@countersign/core/evidence/gather/integrity.ts';
import { type PopulationTold, populationPart, unexplainedIn } from '@countersign/core/evidence/gather/population.ts';
import { isProven, samplePart } from '@countersign/core/evidence/gather/sample.ts';
import { dataPart, invocationsPart } from '@countersign/core/evidence/gather/usage.ts';
import type { Part, Timeline } from '@countersign/core/evidence/report.ts';
import {
  byCaller,
  endedAgain,
  everySession,
  newestPolicy,
  policiesInUse,
  policiesUnannounced,
  retentionClasses,
  sessionCounts,
  stopped,
} from './queries.ts';
import type { EvidenceStore } from './store.ts';
import { approvalsOf } from './told-approvals.ts';

export interface Told {
  readonly store: EvidenceStore;
  readonly integrity: IntegrityTold;
  readonly population: PopulationTold;
  readonly timelines: readonly Timeline[];
  readonly seed: string;
  readonly sample: number;
  readonly configured: string | undefined;
}

export function tellParts({
  store,
  integrity,
  population,
  timelines,
  seed,
  sample,
  configured,
}: Told): readonly Part[] {
  const sessions = sessionCounts(store);
  const approvals = approvalsOf(store);
  const holdEvents = store.events('hold');
  const holds = holdsOf(holdEvents.rows());
  const countedRefusals = sumOf(store, 'counted', 2);
  const masked = store.number(`SELECT sum(masked) FROM ended WHERE is_first`);
  const policy = store.events('policy');
  const revealed = store.events('revealed');
  const retention = retentionClasses(store);
  const counts: EvidenceCounts = {
    ledgers: integrity.ledgers.length,
    records: recordsOf(integrity.ledgers),
    checkpoints: integrity.ledgers.reduce((sum, { checkpoints }) => sum + checkpoints, 0),
    findings: integrity.findings.length + integrity.moreFindings,
    gaps: integrity.gaps.count,
    degraded: integrity.degraded.count,
    pinnedKeys: integrity.pinned.length,
    anchoredLedgers: integrity.anchoredLedgers,
    sessions: sessions.all,
    denied: sessions.denied,
    callers: sessions.callers,
    strangers: sessions.strangers,
    endpoints: sessions.endpoints,
    countedRefusals,
    maskedValues: masked,
    sealedSessions: store.number("SELECT count(*) FROM ended WHERE is_first AND payload = 'sealed'"),
    truncatedBodies: tallyOf(store, 'copy', 2, 'truncated'),
    approved: approvals.approved,
    violations: approvals.violations.count,
    policyChanges: policy.count,
    revealed: revealed.count,
    retentionClasses: store.number('SELECT count(DISTINCT retention) FROM ended WHERE is_first'),
    holds: holds.inForce.length,
    shredded: holds.shredded.length,
    sampled: timelines.length,
    sampledProven: timelines.filter(isProven).length,
    reconciled:
      population.kind === 'reconciled'
        ? { requests: population.requests, unexplained: unexplainedIn(population.counts) }
        : undefined,
  };
  return [
    integrityPart(integrity),
    controlsPart(counts),
    invocationsPart(sessions, { caller: byCaller(store), session: everySession(store) }),
    dataPart({
      masked: store.tallied('masked'),
      bodies: store.tallied('body'),
      faults: store.tallied('fault'),
      copies: store.tallied('copy'),
      maskedValues: masked,
      unlooked: tallyOf(store, 'body', 2, 'nothing'),
    }),
    blocksPart({
      sessions,
      stopped: stopped(store),
      counted: store.events('counted'),
      countedRefusals,
      shadow: store.events('shadow'),
      failedRules: store.tallied('failed_rule'),
      again: endedAgain(store),
    }),
    approvalsPart(approvals),
    changesPart({
      policy,
      keys: store.events('key'),
      kafka: store.events('kafka'),
      inUse: policiesInUse(store),
      unannounced: policiesUnannounced(store),
      newestInUse: newestPolicy(store),
      configured,
      keysRejected: eventsOf(store, 'key', 1, 'key.rejected'),
      drifted: store.events('kafka').count - eventsOf(store, 'kafka', 2, 'in order again'),
    }),
    samplePart({ seed, asked: sample, population: sessions.all, timelines }),
    populationPart(population),
    accessPart(
      { revealed, refused: store.events('reveal_refused'), evidence: store.events('evidence'), holdEvents, retention },
      holds,
    ),
  ];
}

function sumOf(store: EvidenceStore, kind: 'counted', cell: number): number {
  let sum = 0;
  for (const row of store.events(kind).rows()) sum += Number(row[cell] ?? 0);
  return sum;
}

function eventsOf(store: EvidenceStore, kind: 'key' | 'kafka', cell: number, is: string): number {
  let count = 0;
  for (const row of store.events(kind).rows()) if (row[cell] === is) count++;
  return count;
}

function tallyOf(store: EvidenceStore, what: 'body' | 'copy', cell: number, is: string): number {
  let sum = 0;
  for (const row of store.tallied(what).rows()) if (row[cell] === is) sum += Number(row.at(-1) ?? 0);
  return sum;
}
