/** What an evidence pack says, from the ledgers themselves: one snapshot of them is verified, read, told and given. */
import type { EvidencePeriod } from '@countersign/core/evidence/gather/evidence-record.ts';
import { coverPart, exceptionsPart, resultOf } from '@countersign/core/evidence/gather/exceptions.ts';
import { type IntegrityTold, recordsOf } from '@countersign/core/evidence/gather/integrity.ts';
import type { PackFile } from '@countersign/core/evidence/pack-file.ts';
import type { EvidenceReport, Part } from '@countersign/core/evidence/report.ts';
import type { Finding } from '@countersign/core/ledger/findings.ts';
import { replicaOf } from '@countersign/core/ledger/ledger-id.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { auditSources, type Trust } from '../sqlite/ledger-audit.ts';
import type { ReplicaSource } from '../sqlite/ledger-sources.ts';
import { integrityOf } from './integrity.ts';
import { tellParts } from './parts.ts';
import { readPopulation } from './population.ts';
import { sessionCounts, unclosedSessions } from './queries.ts';
import { readLedgers } from './read-ledgers.ts';
import { chooseSessions, drawSample, rankBy, sampleFiles, timelinesOf } from './sample.ts';
import { bundleName, type Snapshot, takeSnapshot } from './snapshot.ts';
import { EvidenceStore } from './store.ts';
import { anchorFiles, keyFile } from './trust-files.ts';

export interface GatherOptions {
  /** A folder of ledgers, a bundle, or what Kafka has. Asked once. */
  readonly sources: () => readonly ReplicaSource[];
  /** Where that is. */
  readonly origin: Origin;
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

export interface Origin {
  /** Such as a folder, or `the topics of countersign`. */
  readonly name: string;
  /** For people: what was read, and what was not. */
  readonly says: readonly string[];
  /** What lies there and is in no ledger. */
  readonly findings: readonly Finding[];
  readonly moreFindings: number;
}

export interface Gathered {
  readonly report: EvidenceReport;
  /** Sessions of the period; ledgers in the pack, each as a whole. */
  readonly counts: { readonly sessions: number; readonly ledgers: number };
  /** Until it is closed; so are the rows of the report's tables. */
  readonly files: () => Iterable<PackFile>;
  close(): void;
}

/** @throws when ledgers cannot be listed or a log cannot be read; what is wrong with a ledger is in the report */
export async function gather(options: GatherOptions): Promise<Gathered> {
  const period = { from: isoTime(options.fromMs), to: isoTime(options.toMs) };
  const snapshot = takeSnapshot(options.sources(), (n) => options.onProgress(n, 'records copied'));
  const store = new EvidenceStore(period, rankBy(options.seed));
  const close = (): void => {
    store.close();
    snapshot.close();
  };
  try {
    return { ...(await gatherFrom(snapshot, store, period, options)), close };
  } catch (error) {
    close();
    throw error;
  }
}

async function gatherFrom(
  snapshot: Snapshot,
  store: EvidenceStore,
  period: EvidencePeriod,
  options: GatherOptions,
): Promise<Omit<Gathered, 'close'>> {
  const { trust, onProgress, seed, sample, configDigest: configured, origin } = options;
  const ledgers = snapshot.replicas.flatMap((replica) => replica.ledgers());
  const audit = auditSources(snapshot.replicas, (n) => onProgress(n, 'records verified'), trust);
  const read = readLedgers(ledgers, period, store, (n) => onProgress(n, 'records read'));
  store.complete();
  const chosen = chooseSessions(sample, store);
  const notes = drawSample(ledgers, chosen, trust.pinned, store);
  const population = await readPopulation(snapshot.replicas, store, options);
  const integrity = integrityOf({ audit, snapshot, read, trust, store, origin, fromMs: options.fromMs });
  const timelines = timelinesOf(chosen, store);
  const parts = tellParts({ store, integrity, population, timelines, seed, sample, configured });
  const exceptions = exceptionsPart(parts, unclosedSessions(store, [...snapshot.writing, ...snapshot.untold]));
  const keys = integrity.pinned.length > 0 ? integrity.pinned : integrity.carried;
  return {
    report: reportOf(options, period, [...parts, exceptions], integrity, store),
    counts: { sessions: sessionCounts(store).all, ledgers: ledgers.length },
    files: () => packFiles(snapshot, keys, options, sampleFiles(chosen, notes, store)),
  };
}

function reportOf(
  options: GatherOptions,
  period: EvidencePeriod,
  parts: readonly Part[],
  { ledgers }: IntegrityTold,
  store: EvidenceStore,
): EvidenceReport {
  const { version, requester, reason, configDigest: configured, origin } = options;
  const result = resultOf(parts);
  const made = isoTime(options.madeMs);
  const cover = coverPart(
    {
      made,
      period,
      version,
      requester,
      reason,
      configured,
      writers: [...new Set(ledgers.map(({ id }) => replicaOf(id)))],
      ledgers: ledgers.length,
      origin,
      records: recordsOf(ledgers),
      sessions: sessionCounts(store).all,
    },
    result,
  );
  return { title, made, period, result, parts: [cover, ...parts] };
}

const title = 'Evidence of calls to inference endpoints';

function* packFiles(
  snapshot: Snapshot,
  keys: readonly string[],
  { trust, anchorFolder }: GatherOptions,
  samples: readonly PackFile[],
): Generator<PackFile> {
  yield { name: bundleName, content: () => snapshot.content() };
  yield keyFile(keys);
  if (trust.anchor !== undefined) yield* anchorFiles(trust.anchor, anchorFolder);
  yield* samples;
}
