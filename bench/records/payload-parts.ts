/** Sealed parts as proc-service makes them: a masked copy of so many bytes, with the patch that restores what five values in 4 KB were. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSealers } from '@countersign/adapters/keys/payload-sealer.ts';
import { createPayloadKeys } from '@countersign/adapters/keys/private-keys.ts';
import { systemClock, systemTimers } from '@countersign/adapters/process/system.ts';
import { patchCodec } from '@countersign/adapters/zlib/patch-codec.ts';
import { PayloadCopy, type PayloadCopyPorts } from '@countersign/core/exchange/payload-copy.ts';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { emptyRing, rotated } from '@countersign/core/payload/key-ring.ts';
import type { PayloadSealer } from '@countersign/core/ports.ts';
import { err } from '@countersign/core/result.ts';
import { answer64k, sensitive } from '../traffic/bodies.ts';

const ledger = 'proc-service/bench/01M83J0W0H30MWCECSPZBBG566';
const session = '01M83J0V1F0000000000000001';
const kib = 1024;

/** A maker of each kind of part. */
export async function partMakers(): Promise<Readonly<Record<string, () => RecordDraft>>> {
  const sealer = await sealerForBench();
  const masked = sensitive.reduce(
    (text, value) => text.replaceAll(value, '*'.repeat(value.length)),
    answer64k.toString(),
  );
  const received = answer64k;
  const copy = Buffer.from(masked);
  const make = (bytes: number, of: Buffer) => (): RecordDraft =>
    partOf(sealer, copy.subarray(0, bytes), of.subarray(0, bytes));
  return {
    'payload.part, 2 KiB': make(2 * kib, copy),
    'payload.part, 2 KiB with values': make(2 * kib, received),
    'payload.part, 64 KiB': make(64 * kib, copy),
    'payload.part, 64 KiB with values': make(64 * kib, received),
  };
}

function partOf(sealer: PayloadSealer, masked: Uint8Array, received: Uint8Array): RecordDraft {
  const copy = new PayloadCopy({ session, direction: 'response', sent: 'masked' }, sealer, ports, () => undefined);
  copy.received(received);
  copy.masked(masked);
  const part = copy.nextPart();
  copy.stop();
  if (part === undefined) throw new Error('no part');
  return part;
}

const ports: PayloadCopyPorts = {
  clock: systemClock,
  timers: { ...systemTimers, after: () => () => undefined },
  patches: patchCodec,
  limits: { payloadBytes: kib * kib },
  ledger: {
    id: ledger,
    append: () => Promise.resolve(err({ code: 'ERR_LEDGER_CLOSED', reason: 'bench' })),
    close: () => Promise.resolve(),
  },
};

async function sealerForBench(): Promise<PayloadSealer> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-keys-'));
  try {
    const { ring } = rotated(emptyRing, createPayloadKeys(directory, ['any']), isoTime(systemClock.now()));
    return (await createSealers(ring, ledger))('25 months');
  } finally {
    rmSync(directory, { recursive: true });
  }
}
