/** What the verification of the snapshot says, with what was found while it was taken. */
import type { IntegrityTold, PrunedTold } from '@countersign/core/evidence/gather/integrity.ts';
import { exitCodeOf } from '@countersign/core/ledger/findings.ts';
import { formatNoteKey, type NoteKey } from '@countersign/core/ledger/notes/note.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { Audit, Trust } from '../sqlite/ledger-audit.ts';
import { oneShotHash } from '../sqlite/one-shot-hash.ts';
import { prunedUntil } from '../sqlite/pruned-until.ts';
import type { Origin } from './gather.ts';
import type { LedgerRead } from './read-ledgers.ts';
import type { Snapshot } from './snapshot.ts';
import type { EvidenceStore } from './store.ts';

export interface Verified {
  readonly audit: Audit;
  readonly snapshot: Snapshot;
  readonly read: ReadonlyMap<string, LedgerRead>;
  readonly trust: Trust;
  readonly store: EvidenceStore;
  readonly origin: Origin;
  readonly fromMs: number;
}

export const keyLines = (keys: readonly NoteKey[]): readonly string[] => [
  ...new Set(keys.map((key) => formatNoteKey(oneShotHash, key))),
];

export function integrityOf({ audit, snapshot, read, trust, store, origin, fromMs }: Verified): IntegrityTold {
  const findings = [...origin.findings, ...snapshot.findings, ...audit.findings];
  return {
    ledgers: audit.ledgers.map(({ id, records, end, root, certificate, anchored }) => ({
      id,
      records,
      end,
      root,
      checkpoints: read.get(id)?.checkpoints ?? 0,
      newest: read.get(id)?.newest,
      counter: certificate?.counter,
      began: certificate?.time,
      issuer: certificate && formatNoteKey(oneShotHash, certificate.issuer),
      anchored,
    })),
    findings,
    moreFindings: origin.moreFindings + snapshot.moreFindings + audit.moreFindings,
    exitCode: exitCodeOf(findings),
    pinned: keyLines(trust.pinned),
    carried: keyLines(audit.ledgers.flatMap(({ certificate }) => certificate?.issuer ?? [])),
    anchoredLedgers: trust.anchor?.ledgers().length,
    gaps: store.events('gap'),
    degraded: store.events('degraded'),
    types: store.tallied('type'),
    pruned: prunedOf(snapshot, fromMs),
    unread: [...read.values()].reduce((sum, { unread }) => sum + unread, 0),
  };
}

function prunedOf({ replicas }: Snapshot, fromMs: number): PrunedTold | undefined {
  const times = replicas.flatMap((replica) =>
    replica.ledgers().flatMap((ledger, index, all) => prunedUntil(ledger, all[index + 1]) ?? []),
  );
  if (times.length === 0) return undefined;
  const untilMs = Math.max(...times);
  const until = untilMs === Infinity ? undefined : isoTime(untilMs);
  return { ledgers: times.length, until, isOfPeriod: untilMs > fromMs };
}
