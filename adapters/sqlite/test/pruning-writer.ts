/** A process that writes, delivers and prunes until it is killed, and says each time how many records went. */
import { clockOfDays, deliver, pruneOnce, start, writeCalls } from './pruning.ts';

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: pruning-writer.ts DIRECTORY');

const clock = clockOfDays();
const ledger = await start(directory, clock);
for (;;) {
  await writeCalls(ledger, 150);
  deliver(directory);
  clock.pass(3);
  process.stdout.write(`${await pruneOnce(ledger)}\n`);
}
