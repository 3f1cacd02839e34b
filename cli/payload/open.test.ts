/** A session's parts, as they lie in ledgers, against whoever rearranges them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createKey } from '@countersign/adapters/keys/key-file.ts';
import { createKeyedDigest } from '@countersign/adapters/keys/keyed-digest.ts';
import { createPayloadOpener } from '@countersign/adapters/keys/payload-opener.ts';
import { createSealers } from '@countersign/adapters/keys/payload-sealer.ts';
import { createPayloadKeys, readPrivateKeys } from '@countersign/adapters/keys/private-keys.ts';
import { systemClock, systemTimers } from '@countersign/adapters/process/system.ts';
import { patchCodec } from '@countersign/adapters/zlib/patch-codec.ts';
import { PayloadCopy } from '@countersign/core/exchange/payload-copy.ts';
import type { RecordDraft, StoredRecord } from '@countersign/core/ledger/record.ts';
import { joinSession, type PlacedRecord } from '@countersign/core/ledger/session-document.ts';
import { emptyRing, rotated } from '@countersign/core/payload/key-ring.ts';
import { ok } from '@countersign/core/result.ts';
import { digestFaults } from './digests.ts';
import { type OpenedPayload, type Opening, openPayload } from './open.ts';

const session = '01M83J0V1F0000000000000001';
const other = '01M83J0V1F0000000000000002';
const ledger = 'proc-service/1/01M83J0W0H30MWCECSPZBBG566';
const received = Array.from({ length: 400 }, (_, n) => `row ${n}: 123-45-6789\n`).join('');
const masked = received.replaceAll('123-45-6789', '***********');

/** Parts of one request of each session, 1 KiB a part, and the record of its end. */
async function stage(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-open-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const { ring } = rotated(emptyRing, createPayloadKeys(directory, ['any']), '2026-01-02T03:04:05.678Z');
  const sealer = (await createSealers(ring, ledger))('25 months');
  const digest = createKeyedDigest(createKey(join(directory, 'digest')));
  const write = (of: string): { readonly parts: readonly PlacedRecord[]; readonly end: PlacedRecord } => {
    const drafts: RecordDraft[] = [];
    const copy = new PayloadCopy(
      { session: of, direction: 'request', sent: 'received' },
      sealer,
      {
        clock: systemClock,
        timers: systemTimers,
        patches: patchCodec,
        limits: { payloadBytes: 1 << 20 },
        ledger: { id: ledger, append: () => Promise.resolve(ok([])), close: () => Promise.resolve() },
      },
      () => assert.fail('not written'),
    );
    for (let at = 0; at < received.length; at += 1024) {
      copy.received(Buffer.from(received.slice(at, at + 1024)));
      copy.masked(Buffer.from(masked.slice(at, at + 1024)));
      const part = copy.nextPart();
      if (part !== undefined) drafts.push(part);
    }
    const { seen } = copy.finish();
    const hex = Buffer.from(digest.digest(Buffer.from(received))).toString('hex');
    const request = { copy: { ...seen }, digest: hex, digest_key: digest.keyId, forwarded_digest: hex };
    const end: RecordDraft = {
      type: 'session.closed',
      session: of,
      time: '2026-01-02T03:04:06.000Z',
      data: { unmapped: { request } },
    };
    return { parts: drafts.map((draft, seq) => placed(draft, seq)), end: placed(end, drafts.length) };
  };
  const opener = createPayloadOpener(readPrivateKeys(directory).keys);
  const open = async (records: readonly PlacedRecord[], opening: Opening = 'original'): Promise<OpenedPayload> => {
    const document = joinSession(session, records, []);
    assert.ok(document);
    const [opened] = await openPayload(document, opening, opener);
    assert.ok(opened);
    return { ...opened, faults: [...opened.faults, ...digestFaults(document, opened, digest)] };
  };
  return { ...write(session), foreign: write(other).parts, open };
}

function placed({ type, session: of = '', time, data }: RecordDraft, seq: number): PlacedRecord {
  const chain = { ledger, prev: '', pseq: seq, seq };
  const record: StoredRecord = { type, session: of, time, data, chain, v: 1 };
  return { ledger, seq, record };
}

/** The same record, with other data or under another session. */
const withData = (one: PlacedRecord, data: Partial<StoredRecord['data']>): PlacedRecord => ({
  ...one,
  record: { ...one.record, data: { ...one.record.data, ...data } },
});
const dataAt = (records: readonly PlacedRecord[], index: number): StoredRecord['data'] =>
  records[index]?.record.data ?? assert.fail('no such part');

test('all parts together are what was received, sent on and masked', async (t) => {
  const { parts, end, open } = await stage(t);
  const opened = await open([...parts, end]);
  assert.deepEqual(opened.faults, []);
  assert.equal(Buffer.from(opened.copy).toString(), masked);
  assert.equal(Buffer.from(opened.received ?? []).toString(), received);
  assert.equal(Buffer.from(opened.sent ?? []).toString(), received);
  const copy = await open([...parts, end], 'copy');
  assert.deepEqual([copy.received, copy.sent], [undefined, undefined]);
});

test('hostile: two parts with their boxes swapped', async (t) => {
  const { parts, end, open } = await stage(t);
  const { copy: first, patch: firstPatch } = dataAt(parts, 0);
  const { copy: second, patch: secondPatch } = dataAt(parts, 1);
  const swapped = parts.map((one, index) => {
    if (index > 1) return one;
    return withData(one, index === 0 ? { copy: second, patch: secondPatch } : { copy: first, patch: firstPatch });
  });
  const { faults } = await open([...swapped, end]);
  assert.deepEqual(faults.slice(0, 2), ['part 0: ERR_NOT_AUTHENTIC', 'part 1: ERR_NOT_AUTHENTIC']);
});

test('hostile: the last parts taken away', async (t) => {
  const { parts, end, open } = await stage(t);
  const { faults } = await open([...parts.slice(0, -1), end]);
  assert.match(
    faults[0] ?? '',
    new RegExp(`the session has ${parts.length} parts by its record, ${parts.length - 1} are here`),
  );
});

test('hostile: a part in the middle taken away, or there twice', async (t) => {
  const { parts, end, open } = await stage(t);
  assert.match((await open([...parts.toSpliced(3, 1), end])).faults.join(), /part 3 is missing or there twice/);
  assert.match((await open([...parts, ...parts.slice(3, 4), end])).faults.join(), /is missing or there twice/);
});

test('hostile: a part of another session in its place', async (t) => {
  const { parts, foreign, end, open } = await stage(t);
  const { copy, patch } = dataAt(foreign, 2);
  const replayed = parts.map((one, index) => (index === 2 ? withData(one, { copy, patch }) : one));
  assert.match((await open([...replayed, end])).faults.join(), /part 2: ERR_NOT_AUTHENTIC/);
});

test('hostile: the same records in another ledger', async (t) => {
  const { parts, end, open } = await stage(t);
  const moved = parts.map((one) => ({ ...one, ledger: 'proc-service/1/01M83J0W0H30MWCECSPZBBG567' }));
  assert.match((await open([...moved, end])).faults.join(), /part 0: ERR_NOT_AUTHENTIC/);
});

test('hostile: a patch left out, which would show the masked copy as the original', async (t) => {
  const { parts, end, open } = await stage(t);
  const without = parts.map((one, index) => (index === 1 ? withData(one, { patch: undefined }) : one));
  const { faults, copy } = await open([...without, end]);
  assert.deepEqual(faults, [
    'what was received is not what the record has the digest of',
    'what was sent is not what the record has the digest of',
  ]);
  assert.equal(Buffer.from(copy).toString(), masked);
});
