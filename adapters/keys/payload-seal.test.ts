/** Sealed parts against whoever can copy, cut, swap and rename them, and against our own mistakes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { emptyRing, type KeyRing, rotated } from '@countersign/core/payload/key-ring.ts';
import { type PayloadPlace, type PayloadUse, payloadAad } from '@countersign/core/payload/place.ts';
import type { SealedBox } from '@countersign/core/ports.ts';
import { createPayloadOpener } from './payload-opener.ts';
import { createSealers, nonceBytes } from './payload-sealer.ts';
import { createPayloadKeys, readPrivateKeys } from './private-keys.ts';

const ledger = 'proc-service/1/01M83J0W0H30MWCECSPZBBG566';
const place: PayloadPlace = { session: '01M83J0V1F0000000000000001', direction: 'request', part: 0 };
const plain = Buffer.from('masked copy');
const now = '2026-01-02T03:04:05.678Z';

interface Stage {
  readonly directory: string;
  readonly ring: KeyRing;
  rotate(ring: KeyRing, retention?: string): KeyRing;
  open(box: SealedBox, at?: Partial<PayloadPlace>, use?: PayloadUse, from?: string): Promise<string>;
}

/** A ring of one pair of keys, and an opener that has all private halves. */
function stage(t: TestContext): Stage {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-seal-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const rotate = (ring: KeyRing, retention = 'any'): KeyRing =>
    rotated(ring, createPayloadKeys(directory, [retention]), now).ring;
  return {
    directory,
    rotate,
    ring: rotate(emptyRing),
    async open(box, at = {}, use = 'copy', from = ledger) {
      const opener = createPayloadOpener(readPrivateKeys(directory).keys);
      const opened = await opener.open(box, use, from, payloadAad({ ...place, ...at }, use));
      return opened.ok ? Buffer.from(opened.value).toString() : opened.error;
    },
  };
}

async function sealed(ring: KeyRing, use: PayloadUse = 'copy', retention = '25 months'): Promise<SealedBox> {
  const of = await createSealers(ring, ledger);
  return of(retention).seal(use, plain, payloadAad(place, use));
}

test('what was sealed opens with its private half, in its place', async (t) => {
  const { ring, open } = stage(t);
  const box = await sealed(ring);
  assert.equal(await open(box), 'masked copy');
  assert.ok(!Buffer.from(box.box, 'base64url').includes('masked'));
});

test('the sealer cannot open: it has nothing but public halves', async (t) => {
  const { ring } = stage(t);
  const box = await sealed(ring);
  const opened = await createPayloadOpener([]).open(box, 'copy', ledger, payloadAad(place, 'copy'));
  assert.deepEqual(opened, { ok: false, error: 'ERR_UNKNOWN_KEY' });
});

test('hostile: two parts of one session swapped', async (t) => {
  const { ring, open } = stage(t);
  assert.equal(await open(await sealed(ring), { part: 1 }), 'ERR_NOT_AUTHENTIC');
});

test('hostile: a part of the request shown as one of the answer', async (t) => {
  const { ring, open } = stage(t);
  assert.equal(await open(await sealed(ring), { direction: 'response' }), 'ERR_NOT_AUTHENTIC');
});

test('hostile: a part replayed in another session', async (t) => {
  const { ring, open } = stage(t);
  assert.equal(await open(await sealed(ring), { session: '01M83J0V1F0000000000000002' }), 'ERR_NOT_AUTHENTIC');
});

test('hostile: a part replayed in another ledger', async (t) => {
  const { ring, open } = stage(t);
  const elsewhere = 'proc-service/1/01M83J0W0H30MWCECSPZBBG567';
  assert.equal(await open(await sealed(ring), {}, 'copy', elsewhere), 'ERR_NOT_AUTHENTIC');
});

test('hostile: a patch given out as a copy', async (t) => {
  const { ring, open } = stage(t);
  const patch = await sealed(ring, 'patch');
  assert.equal(await open(patch, {}, 'patch'), 'masked copy');
  assert.equal(await open(patch, {}, 'copy'), 'ERR_NOT_AUTHENTIC');
});

test('hostile: a box altered in any byte, or cut anywhere', async (t) => {
  const { ring, open } = stage(t);
  const box = await sealed(ring);
  const bytes = Buffer.from(box.box, 'base64url');
  for (let index = 0; index < bytes.length; index++) {
    const altered = Buffer.from(bytes);
    altered[index] = (altered[index] ?? 0) ^ 1;
    assert.equal(await open({ ...box, box: altered.toString('base64url') }), 'ERR_NOT_AUTHENTIC', `byte ${index}`);
    assert.equal(await open({ ...box, box: bytes.subarray(0, index).toString('base64url') }), 'ERR_NOT_AUTHENTIC');
  }
});

test('hostile: the encapsulation of another ledger, one that is no point, none', async (t) => {
  const { ring, open } = stage(t);
  const [box, other] = [await sealed(ring), await sealed(ring)];
  for (const enc of [other.enc, Buffer.alloc(32).toString('base64url'), 'AAAA', '', '+++'])
    assert.equal(await open({ ...box, enc }), 'ERR_NOT_AUTHENTIC');
});

test('hostile: the wrong private half under the right name', async (t) => {
  const { ring, open, rotate } = stage(t);
  const box = await sealed(ring);
  const other = rotate(ring).keys.at(-2)?.id ?? '';
  assert.notEqual(other, box.key);
  assert.equal(await open({ ...box, key: other }), 'ERR_NOT_AUTHENTIC');
});

test('hostile: a ring whose public half was replaced by somebody else’s', async (t) => {
  const { ring, rotate } = stage(t);
  const theirs = rotate(emptyRing).keys[0]?.public ?? '';
  const keys = ring.keys.map((key) => (key.use === 'copy' ? { ...key, public: theirs } : key));
  await assert.rejects(createSealers({ ...ring, keys }, ledger), /has another public half than its id says/);
});

test('after a rotation the new key seals, and what the old one sealed opens with the old one alone', async (t) => {
  const { ring, open, rotate } = stage(t);
  const before = await sealed(ring);
  const next = rotate(ring);
  const after = await sealed(next);
  assert.notEqual(after.key, before.key);
  assert.equal(await open(before), 'masked copy');
  assert.equal(await open(after), 'masked copy');
  assert.equal(await open({ ...after, key: before.key }), 'ERR_NOT_AUTHENTIC');
});

test('what has a retention of its own is sealed to its key, the rest to the key for any', async (t) => {
  const { ring, rotate } = stage(t);
  const both = rotate(ring, '7 years');
  assert.equal((await sealed(both, 'copy', '7 years')).key, both.keys[2]?.id);
  assert.equal((await sealed(both, 'copy', '25 months')).key, both.keys[0]?.id);
});

test('no nonce is used twice: each sealer makes a key of its own, and counts', async (t) => {
  const { ring } = stage(t);
  const nonceOf = (box: SealedBox) => Buffer.from(box.box, 'base64url').subarray(0, nonceBytes).toString('hex');
  const of = await createSealers(ring, ledger);
  const seen = new Set<string>();
  for (let count = 0; count < 1000; count++) {
    // Two retentions that share a key share its counter.
    const box = of(count % 2 === 0 ? '25 months' : '7 years').seal('copy', plain, payloadAad(place, 'copy'));
    seen.add(`${box.enc} ${nonceOf(box)}`);
  }
  assert.equal(seen.size, 1000);
  // The same ring, the same ledger, a process that began again: the first nonce is the same, and the key is not.
  const [a, b] = [await sealed(ring), await sealed(ring)];
  assert.equal(nonceOf(a), nonceOf(b));
  assert.notEqual(a.enc, b.enc);
  assert.notEqual(a.box, b.box);
});

test('a ring without a key in use for any retention is not sealed with', async (t) => {
  const { ring, rotate } = stage(t);
  const fails = (keys: KeyRing['keys']) =>
    assert.rejects(createSealers({ ...ring, keys }, ledger), /no .* key is in use/);
  await fails([]);
  await fails(ring.keys.filter(({ use }) => use === 'copy'));
  await fails(ring.keys.map((key) => ({ ...key, retired: now })));
  await fails(rotate(emptyRing, '7 years').keys);
});
