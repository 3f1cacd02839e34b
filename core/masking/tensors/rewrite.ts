/** Numbers in their two forms, each put in place of what it was: as they lie in memory, and as protobuf's varints. */
import { maxVarintBytes, VarintReader, varintBits, writeVarintBits } from '../../body/protobuf/varint.ts';
import { joined } from '../../bytes.ts';
import type { InMemory } from './memory-types.ts';

/** The same object when `change` gives back all that it took. */
export function rewriteInMemory(
  bytes: Uint8Array,
  type: InMemory,
  change: (value: number | bigint) => number | bigint,
): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let output: DataView<ArrayBuffer> | undefined;
  for (let at = 0; at + type.width <= bytes.length; at += type.width) {
    const value = type.read(view, at);
    const changed = change(value);
    if (changed === value) continue;
    output ??= new DataView(Uint8Array.from(bytes).buffer);
    type.write(output, at, changed);
  }
  return output === undefined ? bytes : new Uint8Array(output.buffer);
}

/** Each as 64 bits. Lists were stepped over before, so none is longer; of one that is cut nothing changes. */
export function rewriteVarints(bytes: Uint8Array, change: (bits: bigint) => bigint): Uint8Array {
  const parts: Uint8Array[] = [];
  const list = new VarintReader(bytes, 0, bytes.length);
  let copied = 0;
  for (let from = 0; list.readVarint(maxVarintBytes) === undefined; from = list.position) {
    const bits = varintBits(bytes, from, list.position);
    const changed = change(bits);
    if (changed === bits) continue;
    parts.push(bytes.subarray(copied, from), writeVarintBits(changed));
    copied = list.position;
  }
  return parts.length === 0 ? bytes : joined([...parts, bytes.subarray(copied)]);
}
