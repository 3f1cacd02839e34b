import type { MaskSummary } from '../masking/masker.ts';
import type { ExchangePorts } from './ports.ts';
import type { Session } from './session.ts';

/** What an exchange spends its time with, in this order. `hold` is people's time, `model` the model's, `relay` both ends'. */
export const phases = [
  'collect',
  'decide',
  'hold',
  'record_open',
  'forward',
  'model',
  'relay',
  'record_close',
] as const;
export type Phase = (typeof phases)[number];

/** Counts the time since the last phase ended for this one. */
export function endPhase(phase: Phase, session: Session, on: Pick<ExchangePorts, 'clock' | 'metrics'>): void {
  const now = on.clock.monotonic();
  on.metrics.phase(phase, (now - session.phaseSince) / 1000);
  session.phaseSince = now;
}

/** Values found: in the traffic where it is masked, else in its recorded copy. */
export function countMasked(
  direction: 'request' | 'response',
  summary: MaskSummary | undefined,
  on: Pick<ExchangePorts, 'metrics'>,
): void {
  if (summary === undefined) return;
  for (const [entity, count] of Object.entries(summary.counts)) on.metrics.masked(direction, entity, count);
}
