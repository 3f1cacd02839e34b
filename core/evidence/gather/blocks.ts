/** Part 6: what was stopped, by which rule, and what rules that only watch would have done. */
import type { Part } from '../report.ts';
import { column, fact, placeColumns, type Rows, tableOf, withoutLast } from './cells.ts';
import type { SessionCounts } from './usage.ts';

export interface BlocksTold {
  readonly sessions: SessionCounts;
  readonly stopped: Rows;
  readonly counted: Rows;
  readonly countedRefusals: number;
  readonly shadow: Rows;
  readonly failedRules: Rows;
  /** Ends after an end: the answer was recorded and could not be handed over. */
  readonly again: Rows;
}

export function blocksPart({
  sessions,
  stopped,
  counted,
  countedRefusals,
  shadow,
  failedRules,
  again,
}: BlocksTold): Part {
  const { denied, pending, aborted } = sessions;
  const hasFailed = failedRules.count > 0;
  const said = `${denied} denied, ${pending} pending, ${aborted} aborted; ${countedRefusals} refusals of strangers counted.`;
  return {
    id: 'blocks',
    title: 'Blocks and overrides',
    verdict: hasFailed ? 'attention' : 'told',
    says: hasFailed ? `${said} Conditions of rules could not be evaluated.` : said,
    text: [
      'There are no overrides: this version has no break-glass, so nobody passes a rule by their own word. An approval (part 7) is the only way past a rule that holds.',
    ],
    facts: [
      fact('Denied', denied),
      fact('Pending', pending),
      fact('Aborted', aborted),
      fact('Refusals of strangers that were counted', countedRefusals),
      fact('Times a rule in shadow mode would have decided otherwise', shadow.count),
    ],
    tables: [
      tableOf(
        {
          name: 'stopped',
          title: 'Stopped calls',
          says: 'Sessions that were denied, are pending or were aborted, by what stopped them and whom.',
          columns: [
            column('outcome', 'Outcome'),
            column('rule', 'Rule'),
            column('reason', 'Reason'),
            column('code', 'Code', 'code'),
            column('subject', 'Subject'),
            column('issuer', 'Issuer'),
            column('endpoint', 'Endpoint'),
            column('sessions', 'Sessions', 'number'),
            column('first', 'First', 'time'),
            column('last', 'Last', 'time'),
          ],
          none: 'No call was stopped.',
        },
        stopped,
      ),
      tableOf(
        {
          name: 'refusals_counted',
          title: 'Counted refusals',
          says: 'Of strangers, above a rate: one row for each source and window of ten seconds at most, instead of a record each.',
          columns: [
            column('time', 'Recorded', 'time'),
            column('source', 'Source', 'code'),
            column('refusals', 'Refusals', 'number'),
            column('first', 'First', 'time'),
            column('last', 'Last', 'time'),
            column('reasons', 'By reason'),
            column('sources', 'Sources', 'number'),
            ...placeColumns,
          ],
          none: 'None were counted: each has its record.',
        },
        counted,
      ),
      tableOf(
        {
          name: 'shadow_rules',
          title: 'What rules in shadow mode would have done',
          says: 'They changed nothing. Only where they would have decided otherwise.',
          columns: [
            column('time', 'Time', 'time'),
            column('session', 'Session', 'code'),
            column('rule', 'Rule'),
            column('would', 'Would have'),
            column('did', 'Was decided'),
            column('subject', 'Subject'),
            column('endpoint', 'Endpoint'),
            ...placeColumns,
          ],
          none: 'No rule in shadow mode would have decided otherwise.',
        },
        shadow,
      ),
      tableOf(
        {
          name: 'failed_rules',
          title: 'Rules whose condition failed',
          says: 'An error while a condition is evaluated counts as matched for deny and hold, as not matched for allow.',
          columns: [column('rule', 'Rule'), column('endpoint', 'Endpoint'), column('sessions', 'Sessions', 'number')],
          none: 'Every condition could be evaluated.',
        },
        withoutLast(failedRules),
      ),
      tableOf(
        {
          name: 'ended_again',
          title: 'Ends after the end',
          says: 'Recorded as released, and then its last bytes could no longer be sent.',
          columns: [
            column('time', 'Time', 'time'),
            column('session', 'Session', 'code'),
            column('outcome', 'Outcome'),
            column('reason', 'Reason'),
            ...placeColumns,
          ],
          none: 'None.',
        },
        again,
      ),
    ],
    timelines: [],
    signOffs: [],
  };
}
