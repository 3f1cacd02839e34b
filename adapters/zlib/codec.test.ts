import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createDeflateRaw,
  createGzip,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { bankProfile } from '@countersign/core/masking/profile.ts';
import type { Decoder } from '@countersign/core/ports.ts';
import fc from 'fast-check';
import { createMasking } from '../process/masking.ts';
import { createCodec } from './codec.ts';
import type { DecodeErrorCode } from './decode-error.ts';

const codec = createCodec();
const wide = { maxBytes: 1 << 24, maxRatio: 10_000 };

function open(coding: string, limits = wide): Decoder {
  const decoder = codec.decoder(coding, limits);
  assert.ok(decoder);
  return decoder;
}

async function push(decoder: Decoder, chunk: Uint8Array): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  await decoder.push(chunk, (part) => void parts.push(part));
  return Buffer.concat(parts);
}

async function decode(chunks: readonly Uint8Array[], coding = 'gzip', limits = wide): Promise<Buffer> {
  const decoder = open(coding, limits);
  try {
    const parts: Uint8Array[] = [];
    for (const chunk of chunks) parts.push(await push(decoder, chunk));
    await decoder.end((part) => void parts.push(part));
    return Buffer.concat(parts);
  } finally {
    decoder.close();
  }
}

const fails = (code: DecodeErrorCode, chunks: readonly Uint8Array[], limits = wide, coding = 'gzip') =>
  assert.rejects(decode(chunks, coding, limits), { code });

const text = Buffer.from('SSN 123-45-6789, again and again. '.repeat(50));

/** Every coding by the name it goes under, and how its senders make it. */
const formats = [
  { name: 'gzip', coding: 'gzip', whole: gzipSync, stream: createGzip, flush: constants.Z_SYNC_FLUSH },
  {
    name: 'deflate (zlib)',
    coding: 'deflate',
    whole: deflateSync,
    stream: createDeflate,
    flush: constants.Z_SYNC_FLUSH,
  },
  {
    name: 'deflate (raw)',
    coding: 'deflate',
    whole: deflateRawSync,
    stream: createDeflateRaw,
    flush: constants.Z_SYNC_FLUSH,
  },
  {
    name: 'br',
    coding: 'br',
    whole: brotliCompressSync,
    stream: createBrotliCompress,
    flush: constants.BROTLI_OPERATION_FLUSH,
  },
  { name: 'zstd', coding: 'zstd', whole: zstdCompressSync, stream: createZstdCompress, flush: constants.ZSTD_e_flush },
] as const;

const cut = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

describe('codings', () => {
  it('each by all its names', async () => {
    for (const coding of ['identity', '', 'Identity']) assert.deepEqual(await decode([text], coding), text);
    for (const coding of ['gzip', 'x-gzip', 'GZIP ', 'identity, gzip', 'gzip,identity'])
      assert.deepEqual(await decode([gzipSync(text)], coding), text);
  });
  it('any other coding, and more than one, is not read', () => {
    for (const coding of ['compress', 'x-br', 'gzip, gzip', 'gzip, br', 'gzip;q=1', 'gzip br', 'dcb']) {
      assert.equal(codec.decoder(coding, wide), undefined);
      assert.equal(codec.reads(coding), false);
      assert.equal(codec.whole(coding, text, wide), undefined);
    }
  });
});

for (const { name, coding, whole, stream, flush } of formats) {
  describe(name, () => {
    it('gives the same however it is cut, and in one call', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 3000 }),
          fc.nat(40),
          fc.integer({ min: 1, max: 200 }),
          async (piece, times, size) => {
            const plain = Buffer.concat(Array.from({ length: times }, () => piece));
            const coded = whole(plain);
            assert.deepEqual(await decode(cut(coded, size), coding), plain);
            const once = codec.whole(coding, coded, wide);
            assert.deepEqual(once === undefined ? plain : Buffer.from(once), plain);
          },
        ),
        { numRuns: 25 },
      );
    });
    it('an event that the sender flushed comes out with its chunk', async () => {
      const encoder = stream();
      const coded: Buffer[] = [];
      encoder.on('data', (part: Buffer) => coded.push(part));
      const decoder = open(coding);
      for (const event of ['data: a\n\n', 'data: b\n\n', 'data: c\n\n']) {
        encoder.write(event);
        await new Promise<void>((resolve) => encoder.flush(flush, resolve));
        assert.equal((await push(decoder, Buffer.concat(coded.splice(0)))).toString(), event);
      }
      encoder.destroy();
      decoder.close();
    });
    it('output larger than any buffer of the decompressor is complete', async () => {
      const large = Buffer.alloc(3 << 20, 'abcdefghij');
      assert.ok((await decode([whole(large)], coding, { maxBytes: 1 << 24, maxRatio: 1_000_000 })).equals(large));
    });
    it('no byte at all is an empty body', async () => assert.equal((await decode([], coding)).length, 0));
    it('a stream that was cut, anywhere', async () => {
      const coded = whole(text);
      for (let end = 1; end < coded.length; end++) {
        await fails('ERR_CODING_TRUNCATED', [coded.subarray(0, end)], wide, coding);
        assert.throws(() => codec.whole(coding, coded.subarray(0, end), wide), { code: 'ERR_CODING_TRUNCATED' });
      }
    });
    it('a stream that is something else', () => fails('ERR_CODING_CORRUPT', [text], wide, coding));
    it('bytes behind the end: text, zeros, in the same chunk or in a later one', async () => {
      const coded = whole(text);
      const refused = /ERR_CODING_(?:TRAILING_BYTES|CORRUPT|TRUNCATED)/;
      for (const tail of [Buffer.from('123-45-6789'), Buffer.alloc(8)]) {
        await assert.rejects(decode([Buffer.concat([coded, tail])], coding), refused);
        await assert.rejects(decode([coded, tail], coding), refused);
        await assert.rejects(decode([coded, tail, tail], coding), refused);
        await assert.rejects(decode(cut(Buffer.concat([coded, tail]), 1), coding), refused);
        let once: Uint8Array | undefined;
        try {
          once = codec.whole(coding, Buffer.concat([coded, tail]), wide);
        } catch (error) {
          assert.match(String(error), refused);
        }
        assert.equal(once, undefined);
      }
    });
    it('more decoded bytes than the limit', async () => {
      const coded = whole(text);
      const tight = { maxBytes: text.length - 1, maxRatio: 1000 };
      await fails('ERR_CODING_TOO_LARGE', [coded], tight, coding);
      assert.throws(() => codec.whole(coding, coded, tight), { code: 'ERR_CODING_TOO_LARGE' });
      assert.equal((await decode([coded], coding, { maxBytes: text.length, maxRatio: 1000 })).length, text.length);
    });
    it('an expansion beyond the ratio ends before it fills memory', async () => {
      const bomb = whole(Buffer.alloc(8 << 20));
      const decoder = open(coding, { maxBytes: 1 << 30, maxRatio: 20 });
      let taken = 0;
      const pushed = decoder.push(bomb, (part) => {
        taken += part.length;
        return undefined;
      });
      await assert.rejects(pushed, { code: 'ERR_CODING_EXPANSION' });
      assert.ok(taken <= Math.max(bomb.length * 20, 64 * 1024), `${taken} of ${bomb.length}`);
    });
    it('is decoded no faster than it is taken', async () => {
      const decoder = open(coding, { maxBytes: 1 << 30, maxRatio: 1_000_000 });
      let waiting = 0;
      await decoder.push(whole(Buffer.alloc(1 << 20)), async (part) => {
        assert.equal(++waiting, 1);
        assert.ok(part.length <= 256 * 1024, `${part.length} at once`);
        await new Promise((turn) => setImmediate(turn));
        waiting--;
      });
      decoder.close();
    });
    it('everything after the first failure, and after close, fails', async () => {
      const coded = whole(text);
      const decoder = open(coding);
      await assert.rejects(push(decoder, text));
      await assert.rejects(push(decoder, coded), { code: 'ERR_CODING_CORRUPT' });
      await assert.rejects(
        decoder.end(() => undefined),
        { code: 'ERR_CODING_CORRUPT' },
      );
      const closed = open(coding);
      closed.close();
      closed.close();
      await assert.rejects(push(closed, coded), { code: 'ERR_CODING_CLOSED' });
    });
    it('a failure of the one who takes is what push rejects with', async () => {
      const decoder = open(coding);
      await assert.rejects(
        decoder.push(whole(text), () => Promise.reject(new Error('taker'))),
        /taker/,
      );
      decoder.close();
    });
  });
}

describe('members and frames', () => {
  for (const { coding, whole } of [
    { coding: 'gzip', whole: gzipSync },
    { coding: 'zstd', whole: zstdCompressSync },
  ]) {
    it(`two of ${coding} are one body, wherever it is cut`, async () => {
      const both = Buffer.concat([whole('one '), whole('two')]);
      for (let size = 1; size <= both.length; size++)
        assert.equal(`${await decode(cut(both, size), coding)}`, 'one two');
    });
  }
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
  it('skippable frames of zstd say nothing, in front, behind and alone', async () => {
    const frame = zstdCompressSync(text);
    for (const size of [1, 7, 4096]) {
      assert.deepEqual(await decode(cut(Buffer.concat([skippable, frame]), size), 'zstd'), text);
      assert.deepEqual(await decode(cut(Buffer.concat([frame, skippable]), size), 'zstd'), text);
      assert.equal((await decode(cut(skippable, size), 'zstd')).length, 0);
    }
  });
  it('thousands of frames of zstd in one chunk', () =>
    fails('ERR_CODING_FRAMES', [Buffer.concat(Array.from({ length: 5000 }, () => skippable))], wide, 'zstd'));
  it('a frame of zstd that asks for more than 8 MiB of window', async () => {
    const encoder = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 26 } });
    const coded: Buffer[] = [];
    encoder.on('data', (part: Buffer) => coded.push(part));
    encoder.write(text);
    await new Promise<void>((resolve) => encoder.on('end', resolve).end());
    await fails('ERR_CODING_WINDOW', coded, wide, 'zstd');
    assert.throws(() => codec.whole('zstd', Buffer.concat(coded), wide), { code: 'ERR_CODING_WINDOW' });
  });
  it('a large window of Brotli', () =>
    fails(
      'ERR_CODING_CORRUPT',
      [
        brotliCompressSync(text, {
          params: { [constants.BROTLI_PARAM_LARGE_WINDOW]: 1, [constants.BROTLI_PARAM_LGWIN]: 28 },
        }),
      ],
      wide,
      'br',
    ));
  it('a second stream behind one of Brotli or deflate is no part of it', async () => {
    for (const [coding, coded] of [
      ['br', brotliCompressSync(text)],
      ['deflate', deflateSync(text)],
    ] as const)
      await fails('ERR_CODING_TRAILING_BYTES', [Buffer.concat([coded, coded])], wide, coding);
  });
  it('a wrong checksum', () => {
    const wrong = Buffer.from(gzipSync(text));
    wrong.writeUInt32LE(1, wrong.length - 8);
    return fails('ERR_CODING_CORRUPT', [wrong]);
  });
  it('identity over the limit', () => fails('ERR_CODING_TOO_LARGE', [text], { maxBytes: 10, maxRatio: 1 }, 'identity'));
});

describe('masking through a coding', () => {
  for (const { name, coding, whole } of formats) {
    it(`${name}: the mask of the plain body, byte by byte`, async () => {
      const engine = createMasking();
      const mask = async (by: string, body: Uint8Array): Promise<string> => {
        const decoder = open(by);
        const masker = engine.masker(
          { api: 'text', contentType: 'text/plain', direction: 'response', path: '' },
          bankProfile,
          { eventBytes: 1024 },
        );
        const parts: Uint8Array[] = [];
        for (const byte of body) parts.push(masker.push(await push(decoder, Uint8Array.of(byte))).slice());
        await decoder.end((part) => void parts.push(masker.push(part).slice()));
        parts.push(masker.end().slice());
        decoder.close();
        return Buffer.concat(parts).toString();
      };
      assert.equal(await mask(coding, whole(text)), await mask('identity', text));
      assert.doesNotMatch(await mask(coding, whole(text)), /6789/);
    });
  }
});
