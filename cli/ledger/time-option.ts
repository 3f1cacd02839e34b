import { epochMsOf } from '@countersign/core/ledger/time.ts';
import { UsageError } from '../up/configuration.ts';

/** @throws UsageError */
export function timeOption(option: string, text: string): number {
  const epochMs = epochMsOf(text);
  if (epochMs === undefined) throw new UsageError(`${option} ${text}: a time like 2026-01-31T00:00:00Z is needed`);
  return epochMs;
}
