/**
 * Long bodies of which every 64 KiB block is another one, so that a lost, doubled or swapped block changes the hash. Letters only
 * where they differ: nothing in it is to be masked, so that what arrives is what was sent.
 */
import { createHash } from 'node:crypto';

const blockBytes = 65_536;
export const mebibyte = 1 << 20;
export const gibibyte = 1 << 30;

const line =
  'and the committee noted that the model had been validated before it was put to use in this line of business\n';
const base = Buffer.from(`${line.repeat(Math.ceil(blockBytes / line.length)).slice(0, blockBytes - 1)}\n`);

/** Base 26 in eight letters. */
function letters(index: number): string {
  let text = '';
  for (let left = index, at = 0; at < 8; at += 1, left = Math.floor(left / 26)) {
    text = String.fromCharCode(97 + (left % 26)) + text;
  }
  return text;
}

export function* blocks(bytes: number): Generator<Buffer> {
  for (let index = 0; index * blockBytes < bytes; index += 1) {
    const block = Buffer.from(base);
    block.write(letters(index), 0, 'latin1');
    yield block;
  }
}

export function sha256Of(bytes: number): string {
  const hash = createHash('sha256');
  for (const block of blocks(bytes)) hash.update(block);
  return hash.digest('hex');
}
