import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { maxRecordBytes, toBatchEntry } from '@countersign/adapters/sqlite/ledger-batch.ts';
import { patchCodec } from '@countersign/adapters/zlib/patch-codec.ts';
import type { RecordDraft } from '../ledger/record.ts';
import { applyPatch } from '../payload/patch.ts';
import type { PayloadSealer } from '../ports.ts';
import { err, ok } from '../result.ts';
import { type CopyOf, PayloadCopy } from './payload-copy.ts';

/** Boxes of the right size with their content in them. */
const sealer: PayloadSealer = {
  seal: (_, plain) => ({ key: 'k', enc: 'e', box: Buffer.concat([Buffer.alloc(28), plain]).toString('base64url') }),
};
const opened = (data: RecordDraft['data'], use: 'copy' | 'patch'): Buffer | undefined => {
  const box = data[use];
  const text = typeof box === 'object' && box !== null && 'box' in box ? String(box['box']) : undefined;
  return text === undefined ? undefined : Buffer.from(text, 'base64url').subarray(28);
};

/** Bytes that nothing makes smaller. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  });
}

function stage({ sent = 'masked', cap = 1 << 20 }: { readonly sent?: CopyOf['sent']; readonly cap?: number }) {
  const appended: RecordDraft[] = [];
  const waiting: ((ok: boolean) => void)[] = [];
  const timers = new Set<() => void>();
  let failed = 0;
  const copy = new PayloadCopy(
    { session: '01M83J0V1F0000000000000001', direction: 'response', sent },
    sealer,
    {
      clock: { now: () => 1_767_323_045_678, monotonic: () => 0 },
      timers: {
        after: (_, run) => {
          timers.add(run);
          return () => timers.delete(run);
        },
        turn: () => Promise.resolve(),
      },
      patches: patchCodec,
      limits: { payloadBytes: cap },
      ledger: {
        id: 'l',
        append(drafts) {
          appended.push(...drafts);
          return new Promise((resolve) =>
            waiting.push((good) => resolve(good ? ok([]) : err({ code: 'ERR_LEDGER_FULL', reason: 'disk_full' }))),
          );
        },
        close: () => Promise.resolve(),
      },
    },
    () => failed++,
  );
  return {
    copy,
    appended,
    timers,
    /** The oldest append that is under way. */
    answer: (good: boolean) => waiting.shift()?.(good),
    failed: () => failed,
  };
}

describe('what is kept of a body', () => {
  for (const sent of ['masked', 'received', 'own'] as const) {
    test(`sent on as ${sent}: every part fits into a record, whatever the bytes are`, () => {
      const { copy } = stage({ sent });
      const length = 700_000;
      const [a, b, c] = [noise(length, 1), noise(length, 2), noise(length, 3)];
      copy.masked(a);
      copy.received(b);
      copy.sent(c);
      const { drafts, seen } = copy.finish();
      const restored: { readonly received: Uint8Array; readonly sent: Uint8Array }[] = [];
      for (const draft of drafts) {
        const entry = toBatchEntry(draft);
        assert.ok(entry.ok && entry.value.bytes < maxRecordBytes);
        const part = opened(draft.data, 'copy') ?? assert.fail('no copy');
        const patch = opened(draft.data, 'patch') ?? assert.fail('no patch');
        const originals = applyPatch(part, patch, patchCodec);
        assert.ok(originals.ok);
        restored.push(originals.value);
      }
      assert.deepEqual(seen, {
        bytes: length,
        cap: 1 << 20,
        parts: sent === 'own' ? 6 : 3,
        received: length,
        truncated: false,
      });
      const all = (of: 'received' | 'sent') => Buffer.concat(restored.map((part) => part[of]));
      assert.ok(all('received').equals(b));
      assert.ok(all('sent').equals(sent === 'masked' ? a : sent === 'received' ? b : c));
    });
  }

  test('at the cap, of the copy and of the original each, and that it was cut', () => {
    const { copy } = stage({ cap: 10 });
    copy.masked(Buffer.from('*********'));
    copy.received(Buffer.from('123456789'));
    assert.deepEqual([copy.isCut, copy.isFull], [false, false]);
    copy.received(Buffer.from('0'));
    copy.masked(Buffer.from('*'));
    assert.equal(copy.isCut, false, 'exactly the cap is not cut');
    copy.received(Buffer.from('1'));
    assert.deepEqual([copy.isCut, copy.isFull], [true, false]);
    copy.masked(Buffer.from('*'));
    assert.equal(copy.isFull, true);
    const { seen } = copy.finish();
    assert.deepEqual(seen, { bytes: 10, cap: 10, parts: 1, received: 10, truncated: true });
  });

  test('bytes are taken as they are pushed: the buffer may be used again', () => {
    const { copy } = stage({});
    const buffer = Buffer.from('first');
    copy.masked(buffer);
    copy.received(buffer);
    buffer.fill(0);
    const [part] = copy.finish().drafts;
    assert.equal(opened(part?.data ?? {}, 'copy')?.toString(), 'first');
  });
});

describe('delivered bytes are durable', () => {
  const push = ({ copy }: ReturnType<typeof stage>, bytes: number): Promise<void> | undefined => {
    copy.masked(new Uint8Array(bytes));
    copy.received(new Uint8Array(bytes));
    return copy.room();
  };

  test('after a second, without more coming', () => {
    const world = stage({});
    assert.equal(push(world, 10), undefined);
    assert.equal(world.appended.length, 0);
    for (const run of world.timers) run();
    assert.equal(world.appended.length, 1);
  });

  test('every 64 KiB, and more is released only when those before are', async () => {
    const world = stage({});
    assert.equal(push(world, 64 * 1024), undefined, 'nothing was under way');
    assert.equal(world.appended.length, 1);
    let released = false;
    const room = push(world, 64 * 1024)?.then(() => {
      released = true;
    });
    assert.ok(room);
    await Promise.resolve();
    assert.equal(released, false);
    world.answer(true);
    await room;
    world.answer(true);
    await world.copy.settled();
    assert.equal(world.failed(), 0);
  });

  test('or the stream is told that they are not', async () => {
    const world = stage({});
    push(world, 64 * 1024);
    world.answer(false);
    await world.copy.settled();
    assert.equal(world.failed(), 1);
  });
});
