/** The command line of the bench. */
import { join } from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { root } from '../setup/paths.mjs';
import { cases } from './calls/cases.ts';
import type { CallsOptions } from './calls/run.ts';
import type { LedgerBenchOptions } from './ledger/run.ts';
import type { MaskOptions } from './mask/run.ts';
import type { RecordsOptions } from './records/run.ts';
import type { SoakOptions } from './soak/run.ts';
import type { StreamsOptions } from './streams/run.ts';

export type Command =
  | { readonly name: 'calls'; readonly options: CallsOptions }
  | { readonly name: 'ledger'; readonly options: LedgerBenchOptions }
  | { readonly name: 'mask'; readonly options: MaskOptions }
  | { readonly name: 'records'; readonly options: RecordsOptions }
  | { readonly name: 'soak'; readonly options: SoakOptions }
  | { readonly name: 'streams'; readonly options: StreamsOptions };

export const usage = `npm run bench -- [calls] [--rounds N] [--seconds N] [--warm N] [--case NAME]… [--rules N,N] [--seed N] [--profile DIR]
npm run bench -- ledger [--records N] [--rounds N] [--seconds N]
npm run bench -- mask [--rounds N] [--ms N] [--seed N]
npm run bench -- records [--rounds N]
npm run bench -- soak [--minutes N] [--calls N]
npm run bench -- streams [--concurrent N] [--warm N]
all: [--out DIR]   cases: ${cases.map((each) => each.name).join(', ')}`;

const defaultOut = join(root, 'bench', 'results');
/** 50,000 calls take less on any machine that this is for; a soak by calls is not to end by the clock. */
const hourSeconds = 3_600;

/** @throws Error with one sentence */
export function parseCommand(argv: readonly string[]): Command {
  const named = argv[0] !== undefined && !argv[0].startsWith('-');
  const name = named ? argv[0] : 'calls';
  const rest = argv.slice(named ? 1 : 0);
  switch (name) {
    case 'calls':
      return { name, options: parseCalls(rest) };
    case 'ledger': {
      const values = parse(rest, ['out', 'records', 'rounds', 'seconds']);
      return {
        name,
        options: {
          records: count('records', values.get('records') ?? '500000'),
          rounds: count('rounds', values.get('rounds') ?? '3'),
          seconds: count('seconds', values.get('seconds') ?? '5'),
          out: values.get('out') ?? defaultOut,
        },
      };
    }
    case 'mask': {
      const values = parse(rest, ['out', 'rounds', 'ms', 'seed']);
      return {
        name,
        options: {
          rounds: count('rounds', values.get('rounds') ?? '9'),
          ms: count('ms', values.get('ms') ?? '400'),
          seed: count('seed', values.get('seed') ?? String(Date.now() % 100_000)),
          out: values.get('out') ?? defaultOut,
        },
      };
    }
    case 'records': {
      const values = parse(rest, ['out', 'rounds']);
      return {
        name,
        options: { rounds: count('rounds', values.get('rounds') ?? '9'), out: values.get('out') ?? defaultOut },
      };
    }
    case 'soak':
      return { name, options: parseSoak(rest) };
    case 'streams': {
      const values = parse(rest, ['out', 'warm', 'concurrent']);
      return {
        name,
        options: {
          concurrent: count('concurrent', values.get('concurrent') ?? '1000'),
          warmSeconds: count('warm', values.get('warm') ?? '6'),
          out: values.get('out') ?? defaultOut,
        },
      };
    }
    default:
      throw new Error(`no such bench: ${name}`);
  }
}

function parseCalls(argv: readonly string[]): CallsOptions {
  const values = parse(argv, ['out', 'rounds', 'seconds', 'warm', 'case', 'rules', 'seed', 'profile']);
  const names = values.get('case')?.split(',') ?? cases.map((each) => each.name);
  const unknown = names.find((name) => !cases.some((each) => each.name === name));
  if (unknown !== undefined) throw new Error(`no such case: ${unknown}`);
  const profile = values.get('profile');
  return {
    cases: cases.filter((each) => names.includes(each.name)),
    rounds: count('rounds', values.get('rounds') ?? '5'),
    seconds: count('seconds', values.get('seconds') ?? '4'),
    warmSeconds: count('warm', values.get('warm') ?? '6'),
    rules: (values.get('rules') ?? '10,1000').split(',').map((text) => count('rules', text)),
    seed: count('seed', values.get('seed') ?? String(Date.now() % 100_000)),
    out: values.get('out') ?? defaultOut,
    ...(profile === undefined ? {} : { profile }),
  };
}

function parseSoak(argv: readonly string[]): SoakOptions {
  const values = parse(argv, ['out', 'minutes', 'calls']);
  const out = values.get('out') ?? defaultOut;
  const calls = values.get('calls');
  const minutes = values.get('minutes');
  if (calls !== undefined) {
    const seconds = minutes === undefined ? hourSeconds : count('minutes', minutes) * 60;
    return { out, seconds, calls: count('calls', calls) };
  }
  return { out, seconds: count('minutes', minutes ?? '10') * 60 };
}

/** Options with one value each; `--case` may be repeated, and is then joined by commas. */
function parse(argv: readonly string[], names: readonly string[]): ReadonlyMap<string, string> {
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    names.map((name) => [name, { type: 'string', multiple: true }] as const),
  );
  const { values } = parseArgs({ args: [...argv], options });
  return new Map(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

function count(option: string, text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new Error(`--${option} takes a whole number`);
  return Number(text);
}
