/** The value of a token, for whoever may read the key; the record of it is on disk before anything is said. */
import { createKeyedDigest } from '@countersign/adapters/keys/keyed-digest.ts';
import { systemClock } from '@countersign/adapters/process/system.ts';
import { createTokens } from '@countersign/adapters/replacements/tokens.ts';
import { toBase64Url } from '@countersign/core/base64.ts';
import type { DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { operator, readKey, withOwnLedger } from '../ledger/own-ledger.ts';
import { checkedReason } from '../ledger/reason.ts';

export interface RevealRequest {
  readonly entity: string;
  readonly token: string;
  readonly reason: string;
}

/** undefined: no token of this entity. @throws UsageError: nothing was revealed, and what to do */
export async function revealToken(request: RevealRequest, configuration: Configuration): Promise<string | undefined> {
  const reason = checkedReason(request.reason);
  const key = readKey(configuration.keys.masking);
  const value = createTokens(key.secret).reveal(request.entity, request.token);
  if (value === undefined) return undefined;
  const digest = createKeyedDigest(readKey(configuration.keys.digest)).digest(new TextEncoder().encode(request.token));
  const revealed: DraftOf<'payload.revealed'> = {
    type: 'payload.revealed',
    time: isoTime(systemClock.now()),
    data: {
      what: 'token',
      entity: request.entity,
      token: toBase64Url(digest),
      key: key.id,
      reason,
      operator: operator(),
    },
  };
  await withOwnLedger(configuration, (record) => record(revealed));
  return value;
}
