import { statSync } from 'node:fs';
import { allLedgerFiles, LedgerReader } from '@countersign/adapters/sqlite/ledger-reader.ts';
import { joinSession, type PlacedRecord, type SessionDocument } from '@countersign/core/ledger/session-document.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { topicOf } from '@countersign/core/ledger/topics.ts';
import { readSources } from '../ledger/bundle.ts';
import { UsageError } from '../up/configuration.ts';

/** Everything about one session, from all ledgers below a directory. @throws UsageError when a ledger cannot be read */
export function findSession(directory: string, session: string): SessionDocument | undefined {
  return join(directory, new Set([session]))[0];
}

/**
 * The same from wherever records are: a folder of ledgers, or a bundle of them, which is read from end to end.
 *
 * @throws UsageError when it cannot be read
 */
export function findSessionAt(place: string, session: string): SessionDocument | undefined {
  if (statSync(place, { throwIfNoEntry: false }) === undefined) throw new UsageError(`${place} does not exist`);
  if (statSync(place).isDirectory()) return findSession(place, session);
  const own: PlacedRecord[] = [];
  const approvals: PlacedRecord[] = [];
  for (const source of readSources(place).flatMap((replica) => replica.ledgers())) {
    for (const { value } of source.open().rows()) {
      const parsed = value instanceof Uint8Array ? parseStoredRecord(value) : undefined;
      if (parsed?.ok !== true) continue;
      const placed = { ledger: source.id, seq: parsed.value.chain.seq, record: parsed.value };
      if (parsed.value.session === session) own.push(placed);
      if (topicOf(parsed.value.type) === 'approvals') approvals.push(placed);
    }
  }
  return joinSession(session, own, approvals);
}

/** Ledgers whose oldest records are in Kafka only. @throws UsageError when a ledger cannot be read */
export const countPruned = (directory: string): number =>
  gather(directory, (reader) => (reader.pruned() === undefined ? [] : [true])).length;

/** The newest sessions, newest first. @throws UsageError when a ledger cannot be read */
export function newestSessions(directory: string, limit: number): readonly SessionDocument[] {
  const ids = new Set(gather(directory, (reader) => reader.sessionIds(limit)));
  return join(directory, new Set([...ids].toSorted().toReversed().slice(0, limit)));
}

/** Approvals are few; all of them are read, because those of an approval need not name each session that used it. */
function join(directory: string, sessions: ReadonlySet<string>): readonly SessionDocument[] {
  const approvals = gather(directory, (reader) => reader.ofTopic('approvals'));
  const records = gather(directory, (reader) => [...sessions].flatMap((session) => reader.ofSession(session)));
  const ofSession = Map.groupBy(records, ({ record }: PlacedRecord) => record.session);
  return [...sessions].flatMap((session) => joinSession(session, ofSession.get(session) ?? [], approvals) ?? []);
}

/** One ledger is open at a time: there is one for every start of every process. */
function gather<T>(directory: string, read: (reader: LedgerReader) => readonly T[]): readonly T[] {
  return allLedgerFiles(directory).flatMap((place) => {
    let reader: LedgerReader | undefined;
    try {
      reader = new LedgerReader(place);
      return read(reader);
    } catch (error) {
      throw new UsageError(`${place.file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      reader?.close();
    }
  });
}
