/** On a disk of 1 MiB, given as argument: fills it, gives it back, fills it less. Says what it saw. */
import { openSpill } from '../spill.ts';

const spill = openSpill(process.argv[2] ?? '', 1 << 30);
const first = await spill.create('a|request');
if (!first.ok) throw new Error(first.error.code);
let seen = '';
for (let part = 0; seen === '' && part < 64; part++) {
  const appended = await first.value.append(Buffer.alloc(64 * 1024));
  if (!appended.ok) seen = `${appended.error.code} ${appended.error.reason}`;
}
first.value.close();
for (;;) {
  const second = await spill.create('b|request');
  const appended = second.ok ? await second.value.append(Buffer.alloc(512 * 1024)) : second;
  if (second.ok) second.value.close();
  // The first file is closed in the background.
  if (appended.ok) break;
}
process.stdout.write(`${seen}, then fine\n`);
