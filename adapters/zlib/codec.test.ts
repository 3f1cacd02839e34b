import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, createGzip, gzipSync } from 'node:zlib';
import { createMaskingEngine } from '@countersign/core/masking/engine.ts';
import { bankProfile } from '@countersign/core/masking/profile.ts';
import type { Decoder } from '@countersign/core/ports.ts';
import fc from 'fast-check';
import { createPatternEngine } from '../re2/pattern-engine.ts';
import { createCodec, type DecodeErrorCode } from './codec.ts';

const codec = createCodec();
const wide = { maxBytes: 1 << 24, maxRatio: 1000 };

function open(coding: string, limits = wide): Decoder {
  const decoder = codec.decoder(coding, limits);
  assert.ok(decoder);
  return decoder;
}

async function decode(chunks: readonly Uint8Array[], coding = 'gzip', limits = wide): Promise<Buffer> {
  const decoder = open(coding, limits);
  try {
    const parts: Uint8Array[] = [];
    for (const chunk of chunks) parts.push(await decoder.push(chunk));
    parts.push(await decoder.end());
    return Buffer.concat(parts);
  } finally {
    decoder.close();
  }
}

const fails = (code: DecodeErrorCode, chunks: readonly Uint8Array[], limits = wide, coding = 'gzip') =>
  assert.rejects(decode(chunks, coding, limits), { code });

const text = Buffer.from('SSN 123-45-6789, again and again. '.repeat(50));

describe('codings', () => {
  it('identity and gzip by all their names', async () => {
    for (const coding of ['identity', '', 'Identity']) assert.deepEqual(await decode([text], coding), text);
    for (const coding of ['gzip', 'x-gzip', 'GZIP ']) assert.deepEqual(await decode([gzipSync(text)], coding), text);
  });
  it('any other coding, and more than one, is not read', () => {
    for (const coding of ['br', 'deflate', 'zstd', 'compress', 'gzip, gzip', 'gzip;q=1']) {
      assert.equal(codec.decoder(coding, wide), undefined);
    }
  });
});

describe('gzip', () => {
  it('gives the same however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 200 }), async (plain, size) => {
        const coded = gzipSync(plain);
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < coded.length; at += size) chunks.push(coded.subarray(at, at + size));
        assert.deepEqual(await decode(chunks), Buffer.from(plain));
      }),
      { numRuns: 40 },
    );
  });
  it('two members are one body, also when cut between them', async () => {
    const first = gzipSync('one ');
    const second = gzipSync('two');
    assert.equal(`${await decode([Buffer.concat([first, second])])}`, 'one two');
    assert.equal(`${await decode([first, second])}`, 'one two');
  });
  it('an event that the sender flushed comes out with its chunk', async () => {
    const gzip = createGzip();
    const coded: Buffer[] = [];
    gzip.on('data', (part: Buffer) => coded.push(part));
    const decoder = open('gzip');
    for (const event of ['data: a\n\n', 'data: b\n\n', 'data: c\n\n']) {
      gzip.write(event);
      await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve));
      assert.equal(Buffer.from(await decoder.push(Buffer.concat(coded.splice(0)))).toString(), event);
    }
    gzip.destroy();
    decoder.close();
  });
  it('output larger than any buffer of zlib is complete', async () => {
    const large = Buffer.alloc(3 << 20, 'abcdefghij');
    assert.ok((await decode([gzipSync(large)])).equals(large));
  });
  it('no byte at all is an empty body', async () => assert.equal((await decode([])).length, 0));
});

describe('what is refused', () => {
  const coded = gzipSync(text);
  it('a stream that was cut, anywhere', async () => {
    for (let end = 1; end < coded.length; end++) await fails('ERR_CODING_TRUNCATED', [coded.subarray(0, end)]);
  });
  it('a stream that is no gzip', () => fails('ERR_CODING_CORRUPT', [text]));
  it('a wrong checksum', () => {
    const wrong = Buffer.from(coded);
    wrong.writeUInt32LE(1, wrong.length - 8);
    return fails('ERR_CODING_CORRUPT', [wrong]);
  });
  it('bytes behind the end: text, zeros, in the same chunk or in a later one', async () => {
    for (const tail of [Buffer.from('123-45-6789'), Buffer.alloc(8)]) {
      await assert.rejects(decode([Buffer.concat([coded, tail])]), /ERR_CODING_(?:TRAILING_BYTES|CORRUPT)/);
      await assert.rejects(decode([coded, tail]), /ERR_CODING_(?:TRAILING_BYTES|CORRUPT)/);
      await assert.rejects(decode([coded, tail, tail]), /ERR_CODING_(?:TRAILING_BYTES|CORRUPT)/);
    }
  });
  it('more decoded bytes than the limit, whichever coding', async () => {
    await fails('ERR_CODING_TOO_LARGE', [coded], { maxBytes: text.length - 1, maxRatio: 1000 });
    await fails('ERR_CODING_TOO_LARGE', [text], { maxBytes: text.length - 1, maxRatio: 1000 }, 'identity');
    assert.equal((await decode([coded], 'gzip', { maxBytes: text.length, maxRatio: 1000 })).length, text.length);
  });
  it('an expansion beyond the ratio, before it fills memory', () =>
    fails('ERR_CODING_EXPANSION', [gzipSync(Buffer.alloc(8 << 20))], { maxBytes: 1 << 30, maxRatio: 100 }));
  it('everything after the first failure, and after close', async () => {
    const decoder = open('gzip');
    await assert.rejects(decoder.push(text));
    await assert.rejects(decoder.push(coded), { code: 'ERR_CODING_CORRUPT' });
    await assert.rejects(decoder.end(), { code: 'ERR_CODING_CORRUPT' });
    const closed = open('gzip');
    closed.close();
    closed.close();
    await assert.rejects(closed.push(coded), { code: 'ERR_CODING_CLOSED' });
  });
});

describe('masking through gzip', () => {
  it('is the mask of the plain body, byte by byte', async () => {
    const engine = createMaskingEngine(createPatternEngine());
    const mask = async (coding: string, body: Uint8Array): Promise<string> => {
      const decoder = open(coding);
      const masker = engine.responseMasker('text', 'text/plain', bankProfile, { eventBytes: 1024 });
      const parts: Uint8Array[] = [];
      for (const byte of body) parts.push(masker.push(await decoder.push(Uint8Array.of(byte))).slice());
      parts.push(masker.push(await decoder.end()).slice(), masker.end().slice());
      decoder.close();
      return Buffer.concat(parts).toString();
    };
    assert.equal(await mask('gzip', gzipSync(text)), await mask('identity', text));
    assert.doesNotMatch(await mask('gzip', gzipSync(text)), /6789/);
  });
});
