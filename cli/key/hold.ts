import { writeKeyRing } from '@countersign/adapters/keys/key-ring-file.ts';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import type { DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { type Hold, held, type KeyRing, released } from '@countersign/core/payload/key-ring.ts';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { operator, withOwnLedger } from '../ledger/own-ledger.ts';
import { checkedReason } from '../ledger/reason.ts';
import { keysOf, partsOf } from '../payload/open.ts';
import { findSession } from '../session/lookup.ts';
import { readRing } from './rotate.ts';
import { KeyRefused } from './shred.ts';

/** Of keys, or of all that one session was sealed to: what was sealed to them besides is held with it. */
export type Held = { readonly keys: readonly string[] } | { readonly session: string };

export async function holdKeys(what: Held, reasonText: string, configuration: Configuration): Promise<Hold> {
  const reason = checkedReason(reasonText);
  const { payload: file } = configuration.keys;
  const keys = 'keys' in what ? what.keys : keysOfSession(what.session, configuration);
  return withOwnLedger(configuration, async (record) => {
    const ring = readRing(file);
    assertReadable(ring, keys);
    const now = isoTime(systemClock.now());
    const session = 'session' in what ? { session: what.session } : {};
    const hold: Hold = { id: createIds().ulid(), keys, ...session, reason, since: now };
    await record({
      type: 'key.held',
      time: now,
      data: { hold: hold.id, keys, ...session, reason, operator: operator() },
    } satisfies DraftOf<'key.held'>);
    writeKeyRing(file, held(ring, hold));
    return hold;
  });
}

export async function releaseHold(id: string, reasonText: string, configuration: Configuration): Promise<Hold> {
  const reason = checkedReason(reasonText);
  const { payload: file } = configuration.keys;
  return withOwnLedger(configuration, async (record) => {
    const ring = readRing(file);
    const hold = ring.holds.find((one) => one.id === id);
    if (hold === undefined) throw new KeyRefused(`no hold ${id}`);
    await record({
      type: 'key.released',
      time: isoTime(systemClock.now()),
      data: { hold: id, keys: hold.keys, reason, operator: operator() },
    } satisfies DraftOf<'key.released'>);
    writeKeyRing(file, released(ring, id));
    return hold;
  });
}

function keysOfSession(session: string, { ledger }: Configuration): readonly string[] {
  const document = findSession(ledger.directory, session);
  // What it still seals could be sealed to keys that come after the hold.
  if (document?.state === 'open') throw new KeyRefused(`session ${session} is under way: hold it when it has ended`);
  const keys = document === undefined ? [] : keysOf(partsOf(document), 'original');
  // A hold that holds nothing would be trusted to hold.
  if (keys.length === 0)
    throw new KeyRefused(
      `no payload of session ${session} in ${ledger.directory}: hold it where it is, or hold its keys`,
    );
  return keys;
}

function assertReadable({ keys: known }: KeyRing, keys: readonly string[]): void {
  for (const id of keys) {
    const key = known.find((one) => one.id === id);
    if (key === undefined) throw new KeyRefused(`no key ${id} in the ring`);
    if (key.shredded !== undefined)
      throw new KeyRefused(`${id} was shredded at ${key.shredded}: nothing is left to hold`);
  }
}
