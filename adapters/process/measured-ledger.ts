import type { Clock, Ledger } from '@countersign/core/ports.ts';
import type { LedgerMetrics } from '../telemetry/process-metrics.ts';

/** The same ledger, with the time of each append counted. */
export function measured(ledger: Ledger, clock: Clock, metrics: LedgerMetrics): Ledger {
  return {
    id: ledger.id,
    async append(drafts) {
      const since = clock.monotonic();
      metrics.waiting.inc(drafts.length);
      const outcome = await ledger.append(drafts);
      metrics.waiting.dec(drafts.length);
      if (outcome.ok) metrics.appendSeconds.observe((clock.monotonic() - since) / 1000);
      else metrics.refused.inc();
      return outcome;
    },
    close: (reason) => ledger.close(reason),
  };
}
