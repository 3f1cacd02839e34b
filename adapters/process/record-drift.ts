import type { DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { Clock, Ledger } from '@countersign/core/ports.ts';
import type { SinkStatus } from '../kafka/status.ts';

/** That the settings of a topic endanger the trail belongs into the trail: once when it is seen, again when it changes. */
export function recordDrift(ledger: Pick<Ledger, 'append'>, clock: Pick<Clock, 'now'>): (status: SinkStatus) => void {
  let known = JSON.stringify([]);
  return ({ state, drift }) => {
    // Before the first connection nothing is known, and an end says nothing new.
    if (state !== 'connected' || JSON.stringify(drift) === known) return;
    known = JSON.stringify(drift);
    const data = { drift: drift.map(({ topic, setting, expected, actual }) => ({ topic, setting, expected, actual })) };
    const draft = { type: 'kafka.topics_drifted', time: isoTime(clock.now()), data } as const;
    void ledger.append([draft satisfies DraftOf<'kafka.topics_drifted'>]);
  };
}
