import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { PatchCodec } from '@countersign/core/ports.ts';

/** More would find little more: nearly everything is in the dictionary. */
const params = { [constants.ZSTD_c_compressionLevel]: 1 };

/** Zstandard (RFC 8878) with the masked copy as its dictionary. */
export const patchCodec: PatchCodec = {
  same: (a, b) => a.length === b.length && Buffer.compare(a, b) === 0,
  pack: (bytes, copy) => zstdCompressSync(bytes, { params, dictionary: dictionaryOf(copy) }),
  unpack(packed, copy, maxBytes) {
    try {
      return zstdDecompressSync(packed, { maxOutputLength: maxBytes, dictionary: dictionaryOf(copy) });
    } catch {
      return undefined;
    }
  },
};

/** Behind a zero byte: content that begins with the magic number of a trained dictionary would be read as one, and callers choose it. */
function dictionaryOf(copy: Uint8Array): Uint8Array {
  const dictionary = new Uint8Array(copy.length + 1);
  dictionary.set(copy, 1);
  return dictionary;
}
