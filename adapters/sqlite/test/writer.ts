/**
 * A process that writes until it is killed. Each line on stdout names a record only after it was acknowledged:
 * `<session> <seq>`.
 */
import { systemClock } from '../../process/system.ts';
import { draft, open } from './ledgers.ts';

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: writer.ts DIRECTORY');

const ledger = await open(directory);
const run = `${process.pid}-${systemClock.now()}`;
const writers = 8;

await Promise.all(
  Array.from({ length: writers }, async (_, writer) => {
    for (let n = 0; ; n++) {
      const session = `${run}-${writer}-${n}`;
      const opened = await ledger.append([draft('session.opened', session, { text: 'x'.repeat(n % 2000) })]);
      if (!opened.ok) throw new Error(opened.error.reason);
      process.stdout.write(`${session} ${opened.value[0]?.seq}\n`);
      const ended = await ledger.append([draft('payload.part', session), draft('session.closed', session)]);
      if (!ended.ok) throw new Error(ended.error.reason);
      process.stdout.write(`${session} ${ended.value[1]?.seq}\n`);
    }
  }),
);
