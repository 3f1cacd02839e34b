/** `npm run bench`; see README.md. Exit codes: 0 fine, 1 an answer was wrong or a promise was not kept, 2 wrong usage. */
import { parseArgs } from 'node:util';
import { cases } from './calls/cases.ts';
import { benchCalls } from './calls/run.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    warm: { type: 'string', default: '6' },
    case: { type: 'string', multiple: true },
    rules: { type: 'string', default: '10,1000' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});

const [command = 'calls'] = positionals;
if (command !== 'calls') throw new Error(`no such bench: ${command}`);
const rounds = await benchCalls({
  cases: cases.filter((each) => values.case?.includes(each.name) ?? true),
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  warmSeconds: Number(values.warm),
  rules: values.rules.split(',').map(Number),
  seed: Number(values.seed),
});
if (rounds.some((round) => round.errors.length > 0)) {
  console.log('\nNOT VALID: some calls failed, see ERROR above');
  process.exitCode = 1;
}
