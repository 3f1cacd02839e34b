/** `npm run bench -- records`: what a record costs the thread that serves calls, until it is handed to the ledger's. */
import { sessionOpened } from '@countersign/core/exchange/opening-records.ts';
import { deniedCall, heldSession, scoredSession } from '@countersign/core/exchange/records.testing.ts';
import { sessionEnded } from '@countersign/core/exchange/records.ts';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { describeMachine, writeResult } from '../report/result-file.ts';
import { lineText, measure, perRound } from './measure.ts';
import { partMakers } from './payload-parts.ts';

export interface RecordsOptions {
  readonly rounds: number;
  readonly out: string;
}

/** @returns always true: there is no promise in it */
export async function benchRecords({ rounds, out }: RecordsOptions): Promise<boolean> {
  const startedAt = new Date();
  const machine = describeMachine();
  const lines = Object.entries({ ...makers(), ...(await partMakers()) }).map(([record, make]) =>
    measure(record, make, rounds),
  );
  for (const line of lines) console.log(lineText(line));
  writeResult(out, { kind: 'records', startedAt, machine, data: { rounds, perRound, lines } });
  return true;
}

function makers(): Readonly<Record<string, () => RecordDraft>> {
  const clock = { nowMs: 1_790_000_000_200, monotonic: 1077.5 };
  const plain = (text: string): string => text;
  const [scored, held] = [scoredSession(), heldSession()];
  return {
    'session.opened': () => sessionOpened(scored, ++clock.nowMs),
    'session.closed': () => {
      clock.nowMs++;
      return sessionEnded('session.closed', scored, { outcome: 'completed' }, clock, plain);
    },
    'session.closed, approved': () => {
      clock.nowMs++;
      return sessionEnded('session.closed', held, { outcome: 'completed' }, clock, plain);
    },
    'session.denied, a stranger': () => deniedCall({}),
  };
}
