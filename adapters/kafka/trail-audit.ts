/** Verifies a trail that was read from Kafka: as any ledgers, and what lies between them. */
import { exitCodeOf, type Finding } from '@countersign/core/ledger/findings.ts';
import { type Audit, auditSources, type Trust } from '../sqlite/ledger-audit.ts';
import type { Trail } from './trail.ts';

export function auditTrail(trail: Trail, onProgress: (records: number) => void, trust: Trust): Audit {
  const audit = auditSources(trail.replicas, onProgress, trust);
  const expired = new Set(trail.expired);
  const findings = [
    ...trail.strays.found,
    ...audit.findings.filter((finding) => !isExplained(finding, expired)),
    ...trail.unvouched.map(
      (ledger): Finding => ({ ledger, reason: 'not_closed', detail: 'no checkpoint of it is there yet' }),
    ),
  ];
  return { ...audit, findings, moreFindings: audit.moreFindings + trail.strays.more, exitCode: exitCodeOf(findings) };
}

/** A ledger that the topics did not have to keep any longer is named by the one after it, by witnesses and by anchors. */
function isExplained({ reason, ledger, detail }: Finding, expired: ReadonlySet<string>): boolean {
  if (reason === 'ledger_missing') return expired.has(detail ?? '');
  return (reason === 'witnessed_ledger_missing' || reason === 'anchored_ledger_missing') && expired.has(ledger);
}
