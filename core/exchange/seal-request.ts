import type { RecordDraft } from '../ledger/record.ts';
import type { PayloadSealer } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import type { KeptRequest } from './mask-request.ts';
import { PayloadCopy } from './payload-copy.ts';
import type { ExchangePorts } from './ports.ts';
import type { CopySeen } from './session.ts';
import type { Refused } from './stop.ts';
import type { StoredBody } from './stored-body.ts';

/** What is kept of a request that is there whole, in parts that are to be written with `session.opened`. */
export async function sealRequest(
  sent: StoredBody,
  kept: KeptRequest,
  sealer: PayloadSealer,
  session: string,
  on: ExchangePorts,
): Promise<Result<{ readonly drafts: readonly RecordDraft[]; readonly seen: CopySeen }, Refused>> {
  const copy = new PayloadCopy({ session, direction: 'request', sent: kept.sent }, sealer, on, () => undefined);
  const failure =
    (await read(kept.received, copy, (bytes) => copy.received(bytes))) ??
    (await read(kept.masked, copy, (bytes) => copy.masked(bytes))) ??
    (kept.sent === 'own' ? await read(sent, copy, (bytes) => copy.sent(bytes)) : undefined);
  copy.stop();
  if (failure !== undefined) return err(failure);
  const drafts: RecordDraft[] = [];
  for (let part = copy.nextPart(); part !== undefined; part = copy.nextPart()) {
    drafts.push(part);
    // A part is a quarter of a mebibyte: others have their turns in between.
    if (drafts.length > 1) await on.timers.turn();
  }
  return ok({ drafts, seen: copy.seen() });
}

/** From disk no more than is kept, and the byte after it, so that the cut is known. */
async function read(
  body: StoredBody | Uint8Array,
  copy: PayloadCopy,
  take: (bytes: Uint8Array) => void,
): Promise<Refused | undefined> {
  if (body instanceof Uint8Array) {
    take(body);
    return undefined;
  }
  let left = copy.seen().cap + 1;
  for (let index = 0; index < body.parts && left > 0; index++) {
    const part = await body.part(index);
    if (!part.ok) return part.error;
    take(part.value);
    left -= part.value.length;
  }
  return undefined;
}
