/**
 * Preloaded into a service (`node --import`): its wall clock is off by as many milliseconds as `clock-<service>` in its
 * configuration folder says, at every moment. The monotonic clock is not, as on a real machine.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const [, main = '', ...args] = process.argv;
const file = join(args[args.indexOf('--config') + 1] ?? '', `clock-${basename(dirname(main))}`);
const { now } = Date;

Date.now = () => now() + offsetMs();

function offsetMs(): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}
