/** Run inside a mount namespace, on a tmpfs of a few megabytes. */
import fs from 'node:fs';
import path from 'node:path';
import { fillAndFree } from './full-disk.ts';

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: full-tmpfs.ts DIRECTORY');
const filler = path.join(directory, 'filler');
const roomForLedgerBytes = 2 * 1024 * 1024;

await fillAndFree({
  directory: path.join(directory, 'ledger'),
  fill() {
    const { bavail, bsize } = fs.statfsSync(directory);
    fs.writeFileSync(filler, Buffer.alloc(bavail * bsize - roomForLedgerBytes, 1));
  },
  free: () => fs.rmSync(filler),
});
