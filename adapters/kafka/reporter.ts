import type { Spool } from '@countersign/core/ports.ts';
import type { DeliveryPorts } from './deliver.ts';
import { needsOperator, type Problem } from './problem.ts';
import { initialStatus, lastOf, type NoteTrouble, type SinkPhase, type SinkStatus } from './status.ts';
import { type TopicCheck, topicName } from './topics.ts';

export type LogEntry = {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

export interface Reporter {
  readonly report: DeliveryPorts['report'];
  /** The status as it is now, whatever was held back. */
  flush(): void;
}

/** Counts may be this old; a change of state is told at once. Counting a large backlog costs the spool a query. */
const countsEveryMs = 500;

/** Turns what happens to the sender into statuses and log lines, few enough for the thread that serves calls. */
export function createReporter(on: {
  readonly spool: Pick<Spool, 'backlog' | 'waitingNotes'>;
  readonly topicPrefix: string;
  onStatus(status: SinkStatus): void;
  onLog(entry: LogEntry): void;
}): Reporter {
  let phase: SinkPhase = { state: 'connecting' };
  let acknowledged = initialStatus.acknowledged;
  let trouble: NoteTrouble | undefined;
  let topics: TopicCheck | undefined;
  let held: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(held);
    held = undefined;
    const notes = { waiting: on.spool.waitingNotes(), trouble };
    on.onStatus({ ...phase, backlog: on.spool.backlog(), acknowledged, notes, drift: topics?.drift ?? [] });
  };
  const soon = () => {
    held ??= setTimeout(flush, countsEveryMs);
  };

  return {
    flush,
    report: {
      connected(check) {
        if (!sameCheck(topics, check)) logTopics(check, on.onLog);
        topics = check;
        if (phase.state === 'connected') return;
        on.onLog({ level: 'info', message: 'kafka_connected', fields: { after: phase.state } });
        phase = { state: 'connected' };
        flush();
      },
      acknowledged(records, baseOffset) {
        const [first] = records;
        const last = first && lastOf(records, topicName(on.topicPrefix, first.topic), baseOffset);
        acknowledged = { records: acknowledged.records + records.length, last: last ?? acknowledged.last };
        soon();
      },
      notesAcknowledged() {
        trouble = undefined;
        soon();
      },
      notesFailed(problem, attempts) {
        if (isWorthALine(trouble, problem, attempts)) {
          const level = needsOperator(problem.reason) ? 'error' : 'warn';
          on.onLog({ level, message: 'kafka_checkpoints_failed', fields: { ...problem, attempts } });
        }
        trouble = { ...problem, attempts };
        flush();
      },
      idle: soon,
      failed(problem, attempts) {
        if (isWorthALine(phase, problem, attempts)) {
          const level = needsOperator(problem.reason) ? 'error' : 'warn';
          on.onLog({ level, message: 'kafka_delivery_failed', fields: { ...problem, attempts } });
        }
        phase = { state: needsOperator(problem.reason) ? 'blocked' : 'retrying', ...problem, attempts };
        flush();
      },
    },
  };
}

/** The first of its kind, and then ever more rarely: an outage of a night is not ten thousand lines. */
function isWorthALine(before: SinkPhase | NoteTrouble | undefined, problem: Problem, attempts: number): boolean {
  const isNews = before === undefined || !('reason' in before) || before.reason !== problem.reason;
  return isNews || Number.isInteger(Math.log2(attempts));
}

function sameCheck(before: TopicCheck | undefined, now: TopicCheck): boolean {
  return before === now || (before !== undefined && JSON.stringify(findings(before)) === JSON.stringify(findings(now)));
}
const findings = ({ drift, unreadable }: TopicCheck) => ({ drift, unreadable });

function logTopics({ drift, unreadable }: TopicCheck, log: (entry: LogEntry) => void): void {
  for (const fields of drift) log({ level: 'warn', message: 'kafka_topic_drift', fields: { ...fields } });
  if (unreadable.length > 0) {
    const detail = 'no DESCRIBE_CONFIGS permission, so settings that endanger the trail would go unnoticed';
    log({ level: 'info', message: 'kafka_topic_settings_unreadable', fields: { topics: unreadable, detail } });
  }
}
