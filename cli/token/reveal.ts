/** The value of a token, for whoever may read the key; the record of it is on disk before anything is said. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type KeyFile, loadKey } from '@countersign/adapters/keys/key-file.ts';
import { createKeyedDigest } from '@countersign/adapters/keys/keyed-digest.ts';
import { createLedgerKey } from '@countersign/adapters/keys/ledger-key.ts';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { version } from '@countersign/adapters/process/version.ts';
import { createTokens } from '@countersign/adapters/replacements/tokens.ts';
import { openLedger } from '@countersign/adapters/sqlite/ledger.ts';
import { LedgerOpenError } from '@countersign/adapters/sqlite/ledger-open-error.ts';
import { refuseReason } from '@countersign/core/approval/reason.ts';
import { toBase64Url } from '@countersign/core/base64.ts';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import type { DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { type Configuration, defaultPartitions } from '@countersign/core/policy/config.ts';
import { UsageError } from '../up/configuration.ts';

export interface RevealRequest {
  readonly entity: string;
  readonly token: string;
  readonly reason: string;
}

/** undefined: no token of this entity. @throws UsageError: nothing was revealed, and what to do */
export async function revealToken(request: RevealRequest, configuration: Configuration): Promise<string | undefined> {
  const reason = request.reason.trim();
  const refusal = refuseReason(reason);
  if (refusal !== undefined) throw new UsageError(`--reason: ${refusal.reason.replaceAll('_', ' ')}`);
  const key = readKey(configuration.keys.masking);
  const value = createTokens(key.secret).reveal(request.entity, request.token);
  if (value === undefined) return undefined;
  const digest = createKeyedDigest(readKey(configuration.keys.digest)).digest(new TextEncoder().encode(request.token));
  const { username, uid } = userInfo();
  await record(configuration, {
    type: 'payload.revealed',
    time: isoTime(systemClock.now()),
    data: {
      what: 'token',
      entity: request.entity,
      token: toBase64Url(digest),
      key: key.id,
      reason,
      operator: { user: username, uid },
    },
  } satisfies DraftOf<'payload.revealed'>);
  return value;
}

function readKey(file: string): KeyFile {
  const key = loadKey(file);
  if (!key.ok) throw new UsageError(`${file}: ${key.error.reason}`);
  return key.value;
}

/** A ledger of its own for each reveal: the services keep writing theirs. */
async function record({ ledger: { directory }, keys, kafka }: Configuration, draft: RecordDraft): Promise<void> {
  if (!existsSync(directory))
    throw new UsageError(`${directory} does not exist: a reveal that is in no ledger is not made`);
  const silent = (): void => undefined;
  const ledger = await openLedger({
    directory,
    service: 'cli',
    replica: 'reveal',
    clock: systemClock,
    ids: createIds(),
    partitions: kafka?.partitions ?? defaultPartitions,
    version,
    keys: createLedgerKey(readKey(keys.ledger)),
    log: { info: silent, warn: silent, error: silent },
    // The append that is waited for fails with it.
    onFatal: silent,
  }).catch((error: unknown) => {
    throw error instanceof LedgerOpenError ? new UsageError(`${error.message}; nothing was revealed`) : error;
  });
  try {
    const written = await ledger.append([draft]);
    if (!written.ok) throw new UsageError(`not recorded (${written.error.reason}), so nothing is revealed`);
  } finally {
    await ledger.close('revealed');
  }
}
