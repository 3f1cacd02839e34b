import { allLedgerFiles, LedgerReader } from '@countersign/adapters/sqlite/ledger-reader.ts';
import { joinSession, type PlacedRecord, type SessionDocument } from '@countersign/core/ledger/session-document.ts';
import { UsageError } from '../up/configuration.ts';

/** Everything about one session, from all ledgers below a directory. @throws UsageError when a ledger cannot be read */
export function findSession(directory: string, session: string): SessionDocument | undefined {
  return join(directory, new Set([session]))[0];
}

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
