import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { openSpill } from '@countersign/adapters/spill/spill.ts';
import fc from 'fast-check';
import type { Spill } from '../ports.ts';
import { err, ok } from '../result.ts';
import { ByteBudget } from './byte-budget.ts';
import { BodyWriter, headOf, partBytes, type StoredBody, type StorePorts } from './stored-body.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-stored-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const digest = {
  keyId: 'k',
  digest: (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest(),
  incremental: () => {
    const hash = createHash('sha256');
    return { update: (part: Uint8Array) => void hash.update(part), digest: () => hash.digest() };
  },
};
const maxMemory = 1 << 20;
function ports(spill: Spill = openSpill(folder, 1 << 30), budget = new ByteBudget(maxMemory)): StorePorts {
  return { budget, digest, spill };
}

async function store(chunks: readonly Uint8Array[], on: StorePorts, maxBytes = 1 << 24): Promise<StoredBody | string> {
  const writer = new BodyWriter(maxBytes, 's|request', on);
  for (const [index, chunk] of chunks.entries()) {
    const failure = await writer.push(chunk, index === chunks.length - 1);
    if (failure === undefined) continue;
    writer.release();
    return failure.refusal.reason;
  }
  const stored = await writer.finish();
  if (stored.ok) return stored.value;
  writer.release();
  return stored.error.refusal.reason;
}

async function read(body: StoredBody): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let index = 0; index < body.parts; index++) {
    const part = await body.part(index);
    assert.ok(part.ok);
    parts.push(Uint8Array.from(part.value));
  }
  return Buffer.concat(parts);
}

/** Sizes around the limits, and anything between. */
const size = fc.oneof(
  fc.constantFrom(0, 1, partBytes - 1, partBytes, partBytes + 1, 2 * partBytes - 1, 2 * partBytes, 2 * partBytes + 1),
  fc.nat(3 * partBytes),
);

test('a body is what was pushed, in whatever pieces, in memory or on disk; its memory is given back', async () => {
  const on = ports();
  await fc.assert(
    fc.asyncProperty(
      size,
      fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 }),
      async (length, cuts) => {
        const whole = Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
        const chunks: Uint8Array[] = [];
        for (let at = 0, i = 0; at < length; i++) {
          const next = at + (cuts[i % cuts.length] ?? 1);
          chunks.push(whole.subarray(at, next));
          at = next;
        }
        const body = await store(chunks, on);
        assert.ok(typeof body !== 'string');
        assert.equal(body.length, length);
        assert.equal(body.inMemory === undefined, length > partBytes);
        assert.equal(body.digest, createHash('sha256').update(whole).digest('hex'));
        assert.ok((await read(body)).equals(whole));
        for (const head of [0, 10, partBytes + 5]) {
          const first = await headOf(body, head);
          assert.ok(first.ok && whole.subarray(0, head).equals(first.value));
        }
        body.release();
        body.release();
        assert.equal(on.budget.take(maxMemory), true);
        on.budget.give(maxMemory);
      },
    ),
    { numRuns: 60 },
  );
});

describe('a body on disk', () => {
  test('takes no memory while it waits', async () => {
    const on = ports();
    const body = await store([new Uint8Array(5 * partBytes)], on);
    assert.ok(typeof body !== 'string');
    assert.equal(on.budget.take(maxMemory), true);
    body.release();
  });
  test('is written one part at a time: what is pushed waits for the part before', async () => {
    const writes: (() => void)[] = [];
    const slow: Spill = {
      create: () =>
        Promise.resolve(
          ok({
            append: () => new Promise((resolve) => writes.push(() => resolve(ok(undefined)))),
            read: () => Promise.resolve(err({ code: 'ERR_SPILL_DISK', reason: 'unused' })),
            close: () => undefined,
          }),
        ),
    };
    const writer = new BodyWriter(1 << 24, 's|request', ports(slow));
    let pushed = false;
    const pushing = Promise.resolve(writer.push(new Uint8Array(4 * partBytes))).then(() => {
      pushed = true;
    });
    for (let part = 1; part < 3; part++) {
      await new Promise((turn) => setImmediate(turn));
      assert.equal(writes.length, part);
      assert.equal(pushed, false);
      writes[part - 1]?.();
    }
    await pushing;
    writer.release();
  });
});

describe('refused', () => {
  test('over the limit, before it is stored', async () => {
    assert.equal(await store([new Uint8Array(100)], ports(), 99), 'request_bytes_limit');
    assert.equal(
      await store([new Uint8Array(partBytes), new Uint8Array(partBytes)], ports(), partBytes + 1),
      'request_bytes_limit',
    );
  });
  test('no memory for the part that is being received', async () => {
    const on = ports(undefined, new ByteBudget(10));
    assert.equal(await store([new Uint8Array(100)], on), 'request_memory_in_use');
    assert.equal(on.budget.take(10), true);
  });
  test('no room on the disk: while it is written, and with its last part; room given back is used again', async () => {
    const on = ports(openSpill(folder, 2 * partBytes));
    for (const bytes of [3 * partBytes, 2 * partBytes - 1])
      assert.equal(await store([new Uint8Array(bytes)], on), 'spill_full: spill_limit');
    // Closing happens in the background.
    let body = await store([new Uint8Array(1.5 * partBytes)], on);
    for (let turn = 0; typeof body === 'string' && turn < 1_000; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      body = await store([new Uint8Array(1.5 * partBytes)], on);
    }
    assert.ok(typeof body !== 'string');
    body.release();
    assert.equal(on.budget.take(maxMemory), true);
  });
  test('a part that cannot be read back is a refusal, not bytes', async () => {
    const body = await store([new Uint8Array(2 * partBytes)], ports());
    assert.ok(typeof body !== 'string');
    body.release();
    const part = await body.part(0);
    assert.equal(!part.ok && part.error.refusal.code, 'ERR_INTERNAL');
  });
});
