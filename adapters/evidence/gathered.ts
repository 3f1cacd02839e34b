/** Between who gathers evidence and who writes the pack. */
import type { PackFile } from '@countersign/core/evidence/pack-file.ts';
import type { EvidenceReport } from '@countersign/core/evidence/report.ts';
import type { Trust } from '../sqlite/ledger-audit.ts';
import type { ReplicaSource } from '../sqlite/ledger-sources.ts';

export interface GatherOptions {
  /** A folder of ledgers, or a bundle. Asked once. */
  readonly sources: () => readonly ReplicaSource[];
  /** Opened before: an anchor that is read later may know more than the ledgers that were copied. */
  readonly trust: Trust;
  /** Where the anchor lies; its time-stamp responses are copied from there. */
  readonly anchorFolder?: string;
  /** Sessions that ended in `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Access logs of Envoy. None: completeness is not said. */
  readonly logs: readonly string[];
  /** Clusters of Envoy that lead to no model. */
  readonly others: ReadonlySet<string>;
  /** How many sessions, and what draws them. */
  readonly sample: number;
  readonly seed: string;
  readonly madeMs: number;
  readonly version: string;
  readonly requester: string;
  readonly reason: string;
  /** Revision or digest of the policy as it is configured now. */
  readonly configDigest?: string;
  readonly onProgress: (n: number, what: string) => void;
}

export interface Gathered {
  readonly report: EvidenceReport;
  /** Of the period, and in the pack. */
  readonly counts: { readonly sessions: number; readonly ledgers: number };
  /** Until it is closed; so are the rows of the report's tables. */
  readonly files: () => Iterable<PackFile>;
  close(): void;
}
