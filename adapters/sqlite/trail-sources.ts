/** The ledgers of a trail that was read from Kafka, for a verifier. */
import { replicaOf } from '@countersign/core/ledger/ledger-id.ts';
import { type OpenedLedger, type ReplicaSource, witnessTypes } from './ledger-sources.ts';
import { TrailLedger, type TrailLedgerOptions } from './trail-ledger.ts';
import type { TrailStore } from './trail-store.ts';

export interface TrailLedgers {
  readonly replicas: readonly ReplicaSource[];
  readonly ledgers: readonly TrailLedger[];
  /** Ledgers whose records are gone and whose last checkpoint is older than what topics have to keep. */
  readonly expired: readonly string[];
  /** Newest ledgers of replicas that no checkpoint covers a record of yet: they are not among the replicas'. */
  readonly unvouched: readonly string[];
}

/** @param keptFromMs records that the broker took before may have been removed by the topics' retention */
export function trailLedgers(
  { db }: TrailStore,
  origin: string,
  keptFromMs: number,
  options: TrailLedgerOptions,
): TrailLedgers {
  const ids = db.prepare('SELECT id, name FROM ledger ORDER BY name').all();
  const known = ids.map(({ id, name }) => new TrailLedger(db, Number(id), String(name), options));
  // A certificate is there before the first record; alone it says nothing of any.
  const begun = known.filter((ledger) => ledger.hasRecords() || ledger.covered > 0);
  const isExpired = (ledger: TrailLedger): boolean => !ledger.hasRecords() && ledger.newestCheckpointMs() < keptFromMs;
  const ledgers = begun.filter((ledger) => !isExpired(ledger));
  const replicas = [...Map.groupBy(ledgers, ({ name }) => replicaOf(name)).values()].map(withoutUnvouched);
  return {
    ledgers,
    expired: begun.filter(isExpired).map(({ name }) => name),
    unvouched: replicas.flatMap(({ unvouched }) => unvouched),
    replicas: replicas.map(({ vouched }) => ({
      isWriting: () => undefined,
      ledgers: () => vouched.map((ledger) => ({ id: ledger.name, file: origin, open: () => openTrail(ledger) })),
    })),
  };
}

/** A ledger that has just begun is on its way, and its first checkpoint, which comes behind its first records, not there yet. */
function withoutUnvouched(ofReplica: readonly TrailLedger[]) {
  const newest = ofReplica.at(-1);
  const isUnvouched = newest !== undefined && newest.covered === 0 && !newest.closed;
  return isUnvouched
    ? { vouched: ofReplica.slice(0, -1), unvouched: [newest.name] }
    : { vouched: ofReplica, unvouched: [] };
}

const openTrail = (ledger: TrailLedger): OpenedLedger => ({
  faults: () => [],
  sealRows: () => ledger.sealRows(),
  rows: () => ledger.rows(),
  blocks: undefined,
  pruned: () => undefined,
  witnesses: () => ledger.ofTypes(witnessTypes),
  ofTypes: (types) => ledger.ofTypes(types),
  close: () => undefined,
});
