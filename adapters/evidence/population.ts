/** Envoy's access logs against the ledgers of the snapshot, and what the logs were. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { LogFile, PopulationTold } from '@countersign/core/evidence/gather/population.ts';
import { type Reason, reasons } from '@countersign/core/ledger/reconcile/reasons.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { ReconcileError } from '../access-log/ledger-intake.ts';
import { reconcile } from '../access-log/reconcile.ts';
import type { ReplicaSource } from '../sqlite/ledger-sources.ts';
import { differences } from './queries.ts';
import type { EvidenceStore } from './store.ts';

export interface PopulationOptions {
  readonly logs: readonly string[];
  readonly others: ReadonlySet<string>;
  readonly fromMs: number;
  readonly toMs: number;
  readonly onProgress: (n: number, what: string) => void;
}

/** Of other times: they are counted only. */
const elsewhere: ReadonlySet<Reason> = new Set(['outside_period', 'before_log', 'after_log']);

/** @throws what a log that cannot be read throws */
export async function readPopulation(
  replicas: readonly ReplicaSource[],
  store: EvidenceStore,
  { logs, others, fromMs, toMs, onProgress }: PopulationOptions,
): Promise<PopulationTold> {
  if (logs.length === 0) return { kind: 'no_logs' };
  const sizes = await Promise.all(logs.map(sizeOf));
  try {
    const report = await reconcile({
      logs,
      ledgers: () => replicas,
      fromMs,
      toMs: toMs - 1, // both ends of its period belong to it
      others,
      onProgress,
      onEach: (difference) => {
        if (!elsewhere.has(difference.reason)) store.difference(difference, reasons[difference.reason].explains);
      },
    });
    const [firstLine, lastLine] = [isoTime(report.firstMs), isoTime(report.lastMs)];
    if (report.lastMs < fromMs || report.firstMs >= toMs)
      throw new ReconcileError(`the logs go from ${firstLine} to ${lastLine}: no line is of the period`);
    return {
      kind: 'reconciled',
      firstLine,
      lastLine,
      logs: await describe(logs, sizes),
      requests: report.requests,
      lines: report.lines,
      sessions: report.sessions.all,
      agreeing: report.agreeing,
      counts: report.counts,
      others: [...others],
      differences: differences(store),
    };
  } catch (error) {
    if (!(error instanceof ReconcileError)) throw error;
    return { kind: 'failed', why: error.message, logs: await describe(logs, sizes) };
  }
}

const sizeOf = async (file: string): Promise<number> => (await stat(file)).size;

async function describe(logs: readonly string[], before: readonly number[]): Promise<readonly LogFile[]> {
  const files: LogFile[] = [];
  for (const [index, file] of logs.entries()) {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of createReadStream(file)) {
      if (!Buffer.isBuffer(chunk)) continue;
      hash.update(chunk);
      bytes += chunk.length;
    }
    files.push({ name: basename(file), bytes, sha256: hash.digest('hex'), changed: bytes !== before[index] });
  }
  return files;
}
