import { refuseReason } from '@countersign/core/approval/reason.ts';
import { UsageError } from '../up/configuration.ts';

/** Of `--reason`, as it stands in a record. @throws UsageError */
export function checkedReason(text: string): string {
  const reason = text.trim();
  const refusal = refuseReason(reason);
  if (refusal !== undefined) throw new UsageError(`--reason: ${refusal.reason.replaceAll('_', ' ')}`);
  return reason;
}
