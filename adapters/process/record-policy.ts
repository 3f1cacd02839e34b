import type { DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { Clock, Ledger } from '@countersign/core/ports.ts';
import type { Logger } from 'pino';
import type { PolicySource } from '../files/config-directory.ts';

/** Every policy that came into force, and every one that was refused, is in the trail of the process that decides by it. */
export async function recordPolicies(source: PolicySource, ledger: Ledger, clock: Clock, log: Logger): Promise<void> {
  const loaded = (revision: string): Promise<unknown> =>
    ledger.append([
      { type: 'policy.loaded', time: isoTime(clock.now()), data: { revision } } satisfies DraftOf<'policy.loaded'>,
    ]);
  source.onChange((event) => {
    if (event.kind === 'loaded') {
      log.info({ revision: event.policy.revision }, 'policy loaded');
      void loaded(event.policy.revision);
      return;
    }
    const diagnostics = event.diagnostics
      .slice(0, 20)
      .map(({ file, line, column, message }) => ({ file, line, column, message }));
    log.error({ diagnostics }, 'policy rejected, the last good one stays');
    const inForce = source.current().revision;
    void ledger.append([
      {
        type: 'policy.rejected',
        time: isoTime(clock.now()),
        data: { in_force: inForce, errors: event.diagnostics.length, diagnostics },
      } satisfies DraftOf<'policy.rejected'>,
    ]);
  });
  await loaded(source.current().revision);
}
