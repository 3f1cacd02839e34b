/** `countersign ledger reconcile`: what it was asked, and its report as one JSON document. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { ReconcileError } from '@countersign/adapters/access-log/ledger-intake.ts';
import { type ReconcileReport, reconcile } from '@countersign/adapters/access-log/reconcile.ts';
import { type Difference, reasons } from '@countersign/core/ledger/reconcile/reasons.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { UsageError } from '../up/configuration.ts';
import { readSources } from './bundle.ts';
import { nowAndThen } from './now-and-then.ts';
import { reconcileText } from './reconcile-text.ts';
import { timeOption } from './time-option.ts';

export interface ReconcileArguments {
  readonly from?: string;
  readonly to?: string;
  readonly other: readonly string[];
  readonly list?: string;
  readonly json: boolean;
}

/** Written together. */
const flushAtLength = 64 * 1024;

/** @throws UsageError */
export async function runReconcile(logs: readonly string[], place: string, asked: ReconcileArguments): Promise<void> {
  const say = nowAndThen();
  const list = asked.list === undefined ? undefined : new DifferenceFile(asked.list);
  try {
    const report = await reconcile({
      logs,
      ledgers: () => readSources(place),
      fromMs: asked.from === undefined ? undefined : timeOption('--from', asked.from),
      toMs: asked.to === undefined ? undefined : timeOption('--to', asked.to),
      others: new Set(asked.other),
      onProgress: (read, what) => say(`${read} ${what} read`),
      onEach: (difference) => list?.add(difference),
    });
    console.log(asked.json ? JSON.stringify(toJson(report)) : reconcileText(report));
    process.exitCode = report.exitCode;
  } catch (error) {
    list?.discard();
    if (error instanceof ReconcileError || isSystemError(error)) throw new UsageError(error.message);
    throw error;
  } finally {
    list?.close();
  }
}

/** Of a file or a database that cannot be read or written. */
export const isSystemError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && (error.code === 'ERR_SQLITE_ERROR' || 'syscall' in error);

/** Every difference, explained or not, as a line of JSON. Owner alone, like the ledgers. */
class DifferenceFile {
  readonly #file: string;
  readonly #descriptor: number;
  #waiting = '';

  constructor(file: string) {
    this.#file = file;
    try {
      this.#descriptor = openSync(file, 'wx', 0o600);
    } catch (error) {
      throw new UsageError(`${file} cannot be made: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  add(difference: Difference): void {
    this.#waiting += `${JSON.stringify({ explained: reasons[difference.reason].explains, ...difference })}\n`;
    if (this.#waiting.length >= flushAtLength) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#descriptor);
  }

  /** Half a list would look like a whole one. */
  discard(): void {
    rmSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#descriptor, this.#waiting);
    this.#waiting = '';
  }
}

function toJson({
  lines,
  requests,
  ledgers,
  sessions,
  agreeing,
  period,
  counts,
  listed,
  exitCode,
}: ReconcileReport): object {
  const of = (explains: boolean): object => ({
    counts: Object.fromEntries([...counts].filter(([reason]) => reasons[reason].explains === explains)),
    first: listed.filter(({ reason }) => reasons[reason].explains === explains),
  });
  return {
    reconciled: exitCode === 0,
    exit_code: exitCode,
    period: { from: isoTime(period.fromMs), to: isoTime(period.toMs) },
    log: { lines, requests },
    ledgers,
    sessions,
    agreeing,
    differences: of(false),
    explained: of(true),
  };
}
