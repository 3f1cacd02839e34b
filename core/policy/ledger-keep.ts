/** `ledger.keep`: how long a gateway with Kafka keeps records that Kafka has. Without it, for ever: what deletes evidence is asked for. */
import type { Diagnostic } from './config.ts';
import { valueAt } from './issues.ts';
import { parseDuration, parseRetention } from './units.ts';
import type { YamlSource } from './yaml-source.ts';

/** Long enough that somebody notices that Kafka lost what it had. */
export const shortestKeepMs = 86_400_000;

/** Kafka must not forget a record before it goes here: nobody would have it. */
export function keepFaults(source: YamlSource): readonly Diagnostic[] {
  const retention = valueAt(source.raw, ['kafka', 'retention']);
  const keep = valueAt(source.raw, ['ledger', 'keep']);
  const retentionMs = typeof retention === 'string' ? parseRetention(retention) : undefined;
  const keptMs = typeof keep === 'string' ? parseDuration(keep) : undefined;
  if (retentionMs === undefined || keptMs === undefined || retentionMs > keptMs) return [];
  const message = `topics keep records for ${String(retention)}, ledgers for ${String(keep)}`;
  return [source.at(['kafka', 'retention'], message, 'longer than ledger.keep: what is pruned is in Kafka alone')];
}
