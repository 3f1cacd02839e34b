/**
 * What turns one part of a masked copy back into the bytes that were received and those that were sent on. Its size would say how
 * much was masked, so it is padded. docs/ledger-format.md describes it byte by byte.
 */
import { joined } from '../bytes.ts';
import type { PatchCodec } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import { applyDifferences, differences } from './differences.ts';

/** `copy`, `received`: the same bytes as that. */
export type Sent = 'copy' | 'received' | Uint8Array;

export interface Originals {
  readonly received: Uint8Array;
  readonly sent: Uint8Array;
}

const sentModes = { copy: 0, received: 1, own: 2 } as const;
const methods = { same: 0, differences: 1, zstd: 2 } as const;
const sectionHeadBytes = 5;
const minPaddedBytes = 256;
/** Of a patch that was altered by whoever holds its key: it must not unpack to more than any part can be. */
const maxUnpackedBytes = 1 << 20;

/** undefined: there is nothing to restore, the copy is what was received and sent. */
export function makePatch(
  copy: Uint8Array,
  received: Uint8Array,
  sent: Sent,
  codec: PatchCodec,
): Uint8Array | undefined {
  const mode = modeOf(copy, received, sent, codec);
  if (mode !== 'own' && codec.same(copy, received)) return undefined;
  const sections = [sectionOf(copy, received, codec)];
  if (mode === 'own' && typeof sent !== 'string') sections.push(sectionOf(copy, sent, codec));
  return padded(joined([Uint8Array.of(sentModes[mode]), ...sections]));
}

export function applyPatch(copy: Uint8Array, patch: Uint8Array, codec: PatchCodec): Result<Originals, 'ERR_PATCH'> {
  const received = readSection(copy, patch, 1, codec);
  if (received === undefined) return err('ERR_PATCH');
  switch (patch[0]) {
    case sentModes.copy:
      return ok({ received: received.bytes, sent: copy });
    case sentModes.received:
      return ok({ received: received.bytes, sent: received.bytes });
    case sentModes.own: {
      const sent = readSection(copy, patch, received.end, codec);
      return sent === undefined ? err('ERR_PATCH') : ok({ received: received.bytes, sent: sent.bytes });
    }
    default:
      return err('ERR_PATCH');
  }
}

function modeOf(copy: Uint8Array, received: Uint8Array, sent: Sent, { same }: PatchCodec): keyof typeof sentModes {
  if (typeof sent === 'string') return sent;
  if (same(sent, copy)) return 'copy';
  return same(sent, received) ? 'received' : 'own';
}

function sectionOf(copy: Uint8Array, target: Uint8Array, codec: PatchCodec): Uint8Array {
  if (copy.length === target.length) {
    if (codec.same(copy, target)) return section(methods.same, new Uint8Array(0));
    const found = differences(copy, target, Math.max(64, target.length >> 2), codec.same);
    if (found !== undefined) return section(methods.differences, found);
  }
  return section(methods.zstd, codec.pack(target, copy));
}

function section(method: number, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(sectionHeadBytes + bytes.length);
  whole[0] = method;
  new DataView(whole.buffer).setUint32(1, bytes.length);
  whole.set(bytes, sectionHeadBytes);
  return whole;
}

function readSection(
  copy: Uint8Array,
  patch: Uint8Array,
  at: number,
  codec: PatchCodec,
): { readonly bytes: Uint8Array; readonly end: number } | undefined {
  const start = at + sectionHeadBytes;
  if (start > patch.length) return undefined;
  const length = new DataView(patch.buffer, patch.byteOffset, patch.length).getUint32(at + 1);
  const end = start + length;
  if (end > patch.length) return undefined;
  const bytes = unpacked(copy, patch[at], patch.subarray(start, end), codec);
  return bytes && { bytes, end };
}

function unpacked(copy: Uint8Array, method: number | undefined, bytes: Uint8Array, codec: PatchCodec) {
  if (method === methods.same) return bytes.length === 0 ? copy : undefined;
  if (method === methods.differences) return applyDifferences(copy, bytes);
  return method === methods.zstd ? codec.unpack(bytes, copy, maxUnpackedBytes) : undefined;
}

/** Padmé (Nikitin et al. 2019, §4.2): at most 12 % more, and the size says no more than its magnitude and a few bits. */
export function paddedLength(length: number): number {
  if (length <= minPaddedBytes) return minPaddedBytes;
  const exponent = Math.floor(Math.log2(length));
  const step = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1);
  return Math.ceil(length / step) * step;
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(paddedLength(bytes.length));
  whole.set(bytes);
  return whole;
}
