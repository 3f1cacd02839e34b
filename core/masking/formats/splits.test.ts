/** The guarantee, for the formats here and in each coding: however a body is cut into chunks, what comes out is the same bytes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { createCodec } from '@countersign/adapters/zlib/codec.ts';
import fc from 'fast-check';
import { times } from '../../../envoy/test/harness/tier.ts';
import type { FieldRule, MaskProfile, ReadApi } from '../../policy/policy.ts';
import type { BodyMasker } from '../masker.ts';
import { anyCuts, concatenate, cutsAt, everyByte, hostile, maskInChunks, type Outcome } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';
import { runs } from '../seeded-runs.testing.ts';

const engine = createMasking();
const codec = createCodec();
const encoder = new TextEncoder();
/** Small, so that bodies break it too. */
const eventBytes = 300;

interface Format {
  readonly api: ReadApi;
  readonly contentType: string;
  readonly profile?: MaskProfile;
  /** Of two texts that are full of values, half values, quotes and line ends. */
  readonly write: (a: string, b: string) => string;
}

const fields = (...rules: readonly FieldRule[]): MaskProfile => ({ ...bankProfile, name: 'fields', fields: rules });
const rows = (a: string, b: string): string =>
  JSON.stringify({ rows: [{ a, [b]: 4111111111111111, c: [1, { [a]: b }] }, { b: 'x', a: 12 }, b] });
const csvField = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const formText = (text: string): string => encodeURIComponent(text.toWellFormed());
const formats: Readonly<Record<string, Format>> = {
  NDJSON: {
    api: 'ndjson',
    contentType: 'application/x-ndjson',
    write: (a, b) => `${JSON.stringify({ a, list: [b, 4111111111111111] })}\r\n\n${JSON.stringify(b)}\n{"cut":"${a}`,
  },
  CSV: {
    api: 'csv',
    contentType: 'text/csv; charset=utf-8',
    write: (a, b) => `\ufeffssn;note\r\n${csvField(a)};${b}\r\n${a};${csvField(b)};x\n\n${csvField(a + b)}`,
  },
  'a form': {
    api: 'text',
    contentType: 'application/x-www-form-urlencoded',
    write: (a, b) => `ssn=${formText(a)}&${b}&${formText(b)}=${a}&last=${formText(b)}`,
  },
  multipart: {
    api: 'multipart',
    contentType: 'multipart/form-data; boundary=cut',
    write: (a, b) =>
      `${a}\r\n--cut\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n${a}\r\n--cu${b}\r\n--cut  \r\n` +
      `Content-Type: application/json\r\nX: ${a.replaceAll(/\s/g, ' ')}\r\n\r\n${JSON.stringify({ a, b })}\r\n--cut\r\n` +
      `Content-Type: text/csv\r\n\r\na,b\r\n${csvField(a)},${csvField(b)}\r\n\r\n--cut\r\n\r\n\r\n--cut--\r\n${b}`,
  },
  'rows and columns': {
    api: 'kserve-v1',
    contentType: 'application/json',
    write: (a, b) =>
      JSON.stringify({
        instances: [{ a, [b]: 4111111111111111 }, { b64: btoa(encodeURIComponent(a.toWellFormed())) }],
      }),
  },
  tensors: {
    api: 'tf-serving',
    contentType: 'application/json',
    write: (a, b) => {
      const digits = (text: string): string => text.replaceAll(/\D/g, '').replace(/^0+/, '') || '0';
      return `{"outputs":{"ssn":[[${digits(b)}]],"a":[[${digits(a)},-${digits(b)} , 1.${digits(a)},\n4111111111111111],[],[1e${digits(b).slice(0, 2)}]]}}`;
    },
  },
  'rows and columns that are no JSON': {
    api: 'tf-serving',
    contentType: 'application/json',
    write: (a, b) => `{"instances":[{"a":"${a}"},${b}]}`,
  },
};

const withFields: Readonly<Record<string, Format>> = {
  'JSON with field rules': {
    api: 'json',
    contentType: 'application/json',
    profile: fields({ path: '$.rows[1:].a', as: 'us_ssn' }, { path: '$..c[*]', as: 'iban' }),
    write: rows,
  },
  'JSON with field rules that need it whole': {
    api: 'json',
    contentType: 'application/json',
    profile: fields({ path: "$.rows[?@.b=='x'].a", as: 'us_ssn' }, { path: '$..c[*]', as: 'iban' }),
    write: rows,
  },
  'NDJSON with field rules': {
    api: 'ndjson',
    contentType: '',
    profile: fields({ path: '$.rows[-2].a', as: 'us_ssn' }),
    write: (a, b) => `${rows(a, b)}\n${rows(b, a)}\r\n{"cut":`,
  },
};

const codings: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gzipSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
};

type Masked = Outcome & { readonly failure: string | undefined };

const maskerOf = ({ api, contentType, profile = bankProfile }: Format): BodyMasker =>
  engine.masker({ api, contentType, direction: 'response', path: '' }, profile, { eventBytes });

function maskCut(format: Format, bytes: Uint8Array, cuts: readonly number[]): Masked {
  const masker = maskerOf(format);
  const outcome = maskInChunks(masker, bytes, cuts);
  return { ...outcome, failure: masker.failure() };
}

/** Cut where it is coded; what comes of a chunk is masked in the pieces in which the decoder hands it over. */
async function maskCoded(format: Format, coding: string, bytes: Uint8Array, cuts: readonly number[]): Promise<Masked> {
  const decoder = codec.decoder(coding, { maxBytes: 1 << 20, maxRatio: 1000 });
  assert.ok(decoder);
  const masker = maskerOf(format);
  const parts: Uint8Array[] = [];
  const emit = (part: Uint8Array): undefined => void parts.push(masker.push(part.slice()).slice());
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    await decoder.push(bytes.subarray(from, cut), emit);
    from = cut;
  }
  await decoder.end(emit);
  decoder.close();
  parts.push(masker.end().slice());
  return { bytes: concatenate(parts), summary: masker.summary(), failure: masker.failure() };
}

for (const [name, format] of Object.entries({ ...formats, ...withFields })) {
  describe(`${name}: the output does not depend on chunks`, () => {
    const bytesOf = (a: string, b: string): Uint8Array => encoder.encode(format.write(a, b));

    it('cut in two anywhere', (test) => {
      fc.assert(
        fc.property(hostile, hostile, (a, b) => {
          const bytes = bytesOf(a, b);
          const whole = maskCut(format, bytes, []);
          for (let at = 0; at <= bytes.length; at++)
            assert.deepEqual(maskCut(format, bytes, [at]), whole, `cut at ${at}`);
        }),
        runs(test, times(200, 2)),
      );
    });

    it('cut into many pieces', (test) => {
      fc.assert(
        fc.property(hostile, hostile, anyCuts, (a, b, fractions) => {
          const bytes = bytesOf(a, b);
          const whole = maskCut(format, bytes, []);
          assert.deepEqual(maskCut(format, bytes, cutsAt(fractions, bytes.length)), whole);
        }),
        runs(test, times(10_000, 200)),
      );
    });

    it('byte by byte', (test) => {
      fc.assert(
        fc.property(hostile, hostile, (a, b) => {
          const bytes = bytesOf(a, b);
          assert.deepEqual(maskCut(format, bytes, everyByte(bytes.length)), maskCut(format, bytes, []));
        }),
        runs(test, times(10_000, 50)),
      );
    });

    it('with bytes in it that are no text', (test) => {
      fc.assert(
        fc.property(
          hostile,
          hostile,
          fc.uint8Array({ minLength: 1, maxLength: 4 }),
          anyCuts,
          (a, b, junk, fractions) => {
            const text = bytesOf(a, b);
            const at = Math.floor((fractions[0] ?? 0) * text.length);
            const bytes = concatenate([text.subarray(0, at), junk, text.subarray(at)]);
            const whole = maskCut(format, bytes, []);
            assert.deepEqual(maskCut(format, bytes, cutsAt(fractions, bytes.length)), whole);
            assert.deepEqual(maskCut(format, bytes, everyByte(bytes.length)), whole);
          },
        ),
        runs(test, times(10_000, 40)),
      );
    });

    for (const [coding, encode] of Object.entries(codings)) {
      it(`in ${coding}, the coded bytes cut into many pieces, and byte by byte`, async (test) => {
        await fc.assert(
          fc.asyncProperty(hostile, hostile, anyCuts, async (a, b, fractions) => {
            const bytes = bytesOf(a, b);
            const whole = maskCut(format, bytes, []);
            const coded = encode(bytes);
            assert.deepEqual(await maskCoded(format, coding, coded, cutsAt(fractions, coded.length)), whole);
            assert.deepEqual(await maskCoded(format, coding, coded, everyByte(coded.length)), whole);
          }),
          runs(test, times(10_000, 2)),
        );
      });
    }
  });
}
