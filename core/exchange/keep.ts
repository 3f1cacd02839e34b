import type { PayloadSealer } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import type { ExchangePorts } from './ports.ts';
import type { Session } from './session.ts';
import { type Refused, refused } from './stop.ts';

/** How bodies of a session are kept. */
export interface Keep {
  readonly sealer: PayloadSealer;
  /** Nothing of an answer is released that is not kept. */
  readonly strict: boolean;
}

/** undefined: of its bodies only digests are kept. Without a key nothing could be recorded, so the call is refused. */
export function keepOf({ endpoint }: Session, on: ExchangePorts): Result<Keep | undefined, Refused> {
  if (endpoint?.record.payload !== 'sealed') return ok(undefined);
  const sealer = on.sealers.of(endpoint.record.retention);
  if (sealer === undefined) return err(refused('ERR_RECORD_UNAVAILABLE', 'payload_key_missing', { retryAfter: 5 }));
  return ok({ sealer, strict: endpoint.record.response === 'strict' });
}
