/** The append-only log of one process run: SQLite behind a thread, records grouped into one durable commit at a time. */
import { isWriterName } from '@countersign/core/ledger/ledger-id.ts';
import { formatNoteKey } from '@countersign/core/ledger/notes/note.ts';
import type { Pruning } from '@countersign/core/ledger/pruning.ts';
import type { Publication } from '@countersign/core/ledger/publication.ts';
import type { JsonObject, LedgerError, Receipt, RecordDraft, RecordType } from '@countersign/core/ledger/record.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { Clock, Ids, KeyProvider, Ledger } from '@countersign/core/ports.ts';
import { err, ok, type Result, unreachable } from '@countersign/core/result.ts';
import { systemHash } from '../process/system.ts';
import { type CommitOutcome, GroupCommit } from './group-commit.ts';
import { type BatchEntry, toBatchEntry } from './ledger-batch.ts';
import type { OpenedRun } from './ledger-messages.ts';
import type { SignedSize } from './ledger-notes.ts';
import { LedgerOpenError } from './ledger-open-error.ts';
import type { PrunedSlice } from './ledger-pruner.ts';
import { LedgerThread, type ThreadReply } from './ledger-thread.ts';
import { Outage } from './outage.ts';

export interface LedgerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface LedgerOptions {
  /** `<directory>/<service>/<replica>/<ULID>.db` */
  readonly directory: string;
  readonly service: string;
  readonly replica: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Of the topics that are spread. */
  readonly partitions: number;
  readonly version: string;
  /** The ledger can no longer be trusted to be written: end the process, do not go on without it. */
  readonly onFatal: (error: Error) => void;
  /** Something new can be delivered. Called after each commit; must not block. */
  readonly onDurable?: (records: number) => void;
  /** A checkpoint was published: what of it should be kept elsewhere can be sent there now. Must not block. */
  readonly onPublished?: (publication: Publication) => void;
  readonly log: LedgerLog;
  /** Certifies the key of this run. */
  readonly keys: KeyProvider;
  /** Full at this size, as if the disk were. */
  readonly maxFileBytes?: number;
  /** After this long what was written is in a published checkpoint, also when nothing more comes. */
  readonly publishEveryMs?: number;
  /** How long records are kept here once Kafka has them, in time that passes while this replica runs. Absent: for ever. */
  readonly keepMs?: number;
  /** How often a full disk is tried again. */
  readonly probeEveryMs?: number;
}

export type LedgerState = 'writing' | 'full' | 'closed';

export interface OpenLedger extends Ledger {
  readonly file: string;
  state(): LedgerState;
  readonly pruning: LedgerPruning;
}

/** Asked of the thread that writes; nothing of it is done by itself. */
export interface LedgerPruning {
  /** What may be pruned by now, once a record says so. */
  look(): Promise<Result<Pruning | undefined, PruningError>>;
  /** A few records of it; undefined: no more can go now. */
  prune(pruning: Pruning): Promise<Result<PrunedSlice | undefined, PruningError>>;
}

/** The records stay. */
export interface PruningError {
  readonly reason: string;
}

type Outcome = Result<readonly Receipt[], LedgerError>;

const defaultPublishEveryMs = 10_000;
const defaultProbeEveryMs = 1000;
/** A probe smaller than this would find room that the next batch does not. */
const minProbeBytes = 256 * 1024;

const fullError: LedgerError = { code: 'ERR_LEDGER_FULL', reason: 'disk_full' };
const closedError: LedgerError = { code: 'ERR_LEDGER_CLOSED', reason: 'closed' };
const failedError: LedgerError = { code: 'ERR_LEDGER_CLOSED', reason: 'failed' };

/** @throws LedgerOpenError: another process writes as this replica, a bad name, an unreadable last ledger */
export async function openLedger(options: LedgerOptions): Promise<OpenLedger> {
  const { directory, service, replica, version, partitions, clock, ids, keys, onFatal, onPublished, log } = options;
  for (const name of [service, replica]) {
    if (!isWriterName(name)) {
      throw new LedgerOpenError(
        'ERR_LEDGER_NAME',
        `'${name}' cannot name a writer: letters, digits, '.', '_' and '-' only`,
      );
    }
  }
  const run = {
    directory,
    service,
    replica,
    version,
    partitions,
    pid: process.pid,
    time: isoTime(clock.now()),
    ulid: ids.ulid(),
    maxFileBytes: options.maxFileBytes,
    publishEveryMs: options.publishEveryMs ?? defaultPublishEveryMs,
    keepMs: options.keepMs,
    monotonicMs: clock.monotonic(),
    issuer: keys.key,
  };
  const published = ({ ledger, certificate }: OpenedRun, { size, note }: SignedSize): void =>
    onPublished?.({ ledger, size, checkpoint: note, certificate });
  const thread: LedgerThread = await LedgerThread.start(run, keys, {
    onFatal(error) {
      log.error({ err: error }, 'the ledger failed; this process must end');
      onFatal(error);
    },
    onPublished: (checkpoint) => published(thread.opened, checkpoint),
  });
  const { opened } = thread;
  const key = formatNoteKey(systemHash, keys.key);
  log.info({ ledger: opened.ledger, sessions_aborted: opened.unended, key }, 'ledger opened');
  if (opened.checkpoint) published(opened, opened.checkpoint);
  return new SqliteLedger(thread, options);
}

class SqliteLedger implements OpenLedger {
  readonly id: string;
  readonly file: string;
  readonly pruning: LedgerPruning;
  readonly #thread: LedgerThread;
  readonly #commits: GroupCommit;
  readonly #options: LedgerOptions;
  readonly #outage = new Outage();
  #state: LedgerState = 'writing';
  #probeBytes = minProbeBytes;
  #probeTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(thread: LedgerThread, options: LedgerOptions) {
    this.id = thread.opened.ledger;
    this.file = thread.opened.file;
    this.#thread = thread;
    this.#options = options;
    this.pruning = {
      look: () => thread.look(options.clock.monotonic()).then(lookedAt),
      prune: (pruning) => thread.prune(pruning).then(prunedBy),
    };
    this.#commits = new GroupCommit(
      (batch) => thread.append(batch),
      (records) => options.onDurable?.(records),
    );
  }

  state(): LedgerState {
    return this.#state;
  }

  async append(drafts: readonly RecordDraft[]): Promise<Outcome> {
    if (this.#closing !== undefined || this.#state === 'closed') return err(closedError);
    if (this.#state === 'full') return this.#refuse(drafts.length);
    const entries = toEntries(drafts);
    if (!entries.ok) return entries;
    if (entries.value.length === 0) return ok([]);
    const outcome = await this.#commits.append(entries.value);
    switch (outcome.kind) {
      case 'durable':
        return ok(drafts.map((_, index) => ({ ledger: this.id, seq: outcome.firstSeq + index })));
      case 'full':
        this.#enterOutage(outcome.attemptedBytes);
        return this.#refuse(drafts.length);
      case 'dead':
        this.#state = 'closed';
        return err(failedError);
      default:
        return unreachable(outcome);
    }
  }

  close(reason: string): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  #refuse(records: number): Outcome {
    this.#outage.refuse(records, this.#options.clock.now());
    return err(fullError);
  }

  /** The last words go into the room that the reserve left; they may not fit either, and are then only in the log. */
  #enterOutage(attemptedBytes: number): void {
    this.#probeBytes = Math.max(minProbeBytes, attemptedBytes);
    if (this.#state !== 'writing') return;
    this.#state = 'full';
    this.#options.log.error({ ledger: this.id, reason: 'disk_full' }, 'nothing can be recorded: appends are refused');
    void this.#write('ledger.degraded', { reason: 'disk_full' });
    this.#probeLater();
  }

  #probeLater(): void {
    if (this.#closing !== undefined) return;
    const everyMs = this.#options.probeEveryMs ?? defaultProbeEveryMs;
    this.#probeTimer = setTimeout(() => void this.#probe(), everyMs).unref();
  }

  async #probe(): Promise<void> {
    const reply = await this.#thread.probe(this.#probeBytes);
    if (reply.kind === 'full') this.#probeLater();
    if (reply.kind !== 'room' || this.#closing !== undefined) return;
    this.#state = 'writing';
    this.#options.log.warn({ ledger: this.id }, 'there is room again: appends are taken');
    await this.#declareGap(); // handed in before anything else can be
  }

  async #declareGap(): Promise<void> {
    const data = this.#outage.declaration(this.#options.clock.now());
    if (data === undefined) return;
    const outcome = await this.#write('ledger.gap_declared', data);
    if (outcome.kind === 'durable') this.#outage.declared();
    if (outcome.kind === 'full') this.#enterOutage(outcome.attemptedBytes);
  }

  async #close(reason: string): Promise<void> {
    clearTimeout(this.#probeTimer);
    if (this.#state === 'full') await this.#declareGap();
    const outcome = await this.#write('ledger.closed', { reason });
    if (outcome.kind === 'full') {
      this.#options.log.error({ ledger: this.id, reason: 'disk_full' }, 'the ledger ends without ledger.closed');
    }
    await this.#thread.close();
    this.#state = 'closed';
    this.#options.log.info({ ledger: this.id, reason }, 'ledger closed');
  }

  /** Records of the ledger about itself, whatever its state. */
  #write(type: RecordType, data: JsonObject): Promise<CommitOutcome> {
    const entries = toEntries([{ type, time: isoTime(this.#options.clock.now()), data }]);
    if (!entries.ok) throw new Error(`${type}: ${entries.error.reason}`);
    return this.#commits.append(entries.value);
  }
}

function lookedAt(reply: ThreadReply): Result<Pruning | undefined, PruningError> {
  return reply.kind === 'looked' ? ok(reply.pruning) : err(pruningError(reply));
}

function prunedBy(reply: ThreadReply): Result<PrunedSlice | undefined, PruningError> {
  return reply.kind === 'pruned' ? ok(reply.slice) : err(pruningError(reply));
}

const pruningError = (reply: ThreadReply): PruningError => ({
  reason: reply.kind === 'unprunable' ? reply.reason : 'the ledger is closed',
});

function toEntries(drafts: readonly RecordDraft[]): Result<readonly BatchEntry[], LedgerError> {
  const entries: BatchEntry[] = [];
  for (const draft of drafts) {
    const entry = toBatchEntry(draft);
    if (!entry.ok) return entry;
    entries.push(entry.value);
  }
  return ok(entries);
}
