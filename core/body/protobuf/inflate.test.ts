/** gRPC messages that are compressed, one by one, and bodies that only say so. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { createCodec } from '@countersign/adapters/zlib/codec.ts';
import { frameOf } from './frames.ts';
import { messageCodec } from './inflate.ts';

const codecOf = (maxBytes: number) => messageCodec(createCodec(), maxBytes);
const codec = codecOf(1 << 24);
const wide = { maxBytes: 1 << 24, maxRatio: 1000 };
const compressed = (message: Uint8Array): Uint8Array => {
  const frame = frameOf(message);
  frame[0] = 1;
  return frame;
};

async function inflate(body: Uint8Array, coding = 'gzip', limits = wide, size = body.length || 1): Promise<Buffer> {
  const decoder = codecOf(limits.maxBytes).decoder(coding, limits);
  assert.ok(decoder);
  const parts: Uint8Array[] = [];
  const keep = (part: Uint8Array): undefined => void parts.push(part.slice());
  try {
    for (let at = 0; at < body.length; at += size) await decoder.push(body.slice(at, at + size), keep);
    await decoder.end(keep);
  } finally {
    decoder.close();
  }
  return Buffer.concat(parts);
}

const small = Buffer.from('a small message');
const large = Buffer.alloc(1 << 20, 'a message that is more than one call decodes. ');

describe('messages', () => {
  for (const [coding, deflate] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const) {
    it(`in ${coding}, beside ones that are not compressed: the same without any compression, however it is cut`, async () => {
      const body = Buffer.concat([compressed(deflate(small)), frameOf(small), compressed(deflate(large))]);
      const plain = Buffer.concat([frameOf(small), frameOf(small), frameOf(large)]);
      for (const size of [body.length, 7, 1]) assert.ok((await inflate(body, coding, wide, size)).equals(plain));
    });
  }
  it('an empty one that says it is compressed is an empty one', async () => {
    assert.deepEqual(await inflate(compressed(Buffer.alloc(0))), Buffer.from(frameOf(Buffer.alloc(0))));
  });
  it('the limit is one of each, so a stream may go on', async () => {
    const body = Buffer.concat([frameOf(small), compressed(gzipSync(small)), frameOf(small)]);
    assert.equal((await inflate(body, 'gzip', { ...wide, maxBytes: 40 })).length, 3 * (5 + small.length));
  });
  it('other codings are not read, nor those that have no name in gRPC', () => {
    for (const coding of ['snappy', 'zstd', 'br', 'gzip, gzip', 'x-gzip']) {
      assert.equal(codec.reads(coding), false);
      assert.equal(codec.decoder(coding, wide), undefined);
    }
  });
});

describe('fails', () => {
  const table: readonly (readonly [name: string, body: Uint8Array, code: string, limits?: typeof wide])[] = [
    ['a message that is cut', frameOf(small).subarray(0, -1), 'ERR_CODING_TRUNCATED'],
    ['a prefix that is cut', Buffer.from([1, 0]), 'ERR_CODING_TRUNCATED'],
    ['one that is not what it says', compressed(small), 'ERR_CODING_CORRUPT'],
    ['one whose coding is cut', compressed(gzipSync(small).subarray(0, -1)), 'ERR_CODING_TRUNCATED'],
    ['flags that gRPC does not have', Buffer.from([3, 0, 0, 0, 0]), 'ERR_CODING_CORRUPT'],
    [
      'one that expands beyond the limit',
      compressed(gzipSync(large)),
      'ERR_CODING_TOO_LARGE',
      { ...wide, maxBytes: large.length - 1 },
    ],
    ['one that promises more than the limit', Buffer.from([0, 0x7f, 0, 0, 0]), 'ERR_CODING_TOO_LARGE'],
    [
      'one that expands beyond the ratio',
      compressed(gzipSync(Buffer.alloc(1 << 20))),
      'ERR_CODING_EXPANSION',
      { ...wide, maxRatio: 20 },
    ],
  ];
  for (const [name, body, code, limits] of table)
    it(name, () => assert.rejects(inflate(body, 'gzip', limits), { code }));
});
