import { anyRetention } from '@countersign/core/payload/key-ring.ts';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { retentionPattern, retentionWords } from '@countersign/core/policy/units.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { holdKeys, releaseHold } from '../key/hold.ts';
import { keysJson, keysText, listKeys } from '../key/list.ts';
import { rotateKeys } from '../key/rotate.ts';
import { KeyRefused, shredKey } from '../key/shred.ts';
import { readConfiguration, UsageError } from '../up/configuration.ts';

interface Options {
  readonly config: string;
  readonly reason: string;
  readonly private?: string;
}

/** Exit codes: 0 done, 1 refused (in use, legal hold …), 2 wrong usage or no ledger to record it in. */
export function registerKey(program: Command): void {
  const group = program.command('key').description('the keys that payloads are sealed to');
  const withPlace = (command: Command): Command =>
    command
      .requiredOption('--config <dir>', 'folder with countersign.yaml')
      .option('--private <dir>', 'folder of the private halves (keys.private of the configuration)');
  const withReason = (command: Command): Command =>
    withPlace(command).requiredOption('--reason <text>', 'why; it is recorded');

  withPlace(group.command('list').description('which seal, which only open, until when, and what holds them'))
    .option('--json', 'print one JSON document', false)
    .action((options: Options & { readonly json: boolean }) =>
      answer(options, async (configuration) => {
        const listed = listKeys(configuration, options.private);
        return options.json ? JSON.stringify(keysJson(listed)) : keysText(listed);
      }),
    );
  withReason(group.command('rotate').description('new keys seal from now on, those before them only open'))
    .option('--retention <retention>', 'a pair of its own for what is kept so long; again for more', retentions, [])
    .action((options: Options & { readonly retention: readonly string[] }) =>
      answer(options, async (configuration) => {
        const asked = options.retention.length === 0 ? [anyRetention] : options.retention;
        const made = await rotateKeys(
          { retentions: asked, privateDirectory: options.private, reason: options.reason },
          configuration,
        );
        return made.map(({ id, use, retention }) => `${id} ${use} ${retention}`).join('\n');
      }),
    );
  withReason(
    group.command('shred <id>').description('destroy a retired key: what is sealed to it cannot be read again'),
  ).action((id: string, options: Options) =>
    answer(options, async (configuration) => {
      await shredKey({ key: id, privateDirectory: options.private, reason: options.reason }, configuration);
      return `${id} is shredded: backups of its file are yours to destroy`;
    }),
  );
  withReason(group.command('hold').description('legal hold: these keys are not shredded'))
    .option('--session <id>', 'of all keys that this session was sealed to')
    .option('--key <id>', 'of this key; again for more', collect, [])
    .action((options: Options & { readonly session?: string; readonly key: readonly string[] }) =>
      answer(options, async (configuration) => {
        const { session, key: keys } = options;
        if ((session === undefined) === (keys.length === 0)) throw new UsageError('either --session or --key');
        const hold = await holdKeys(session === undefined ? { keys } : { session }, options.reason, configuration);
        return `${hold.id} holds ${hold.keys.join(' ')}`;
      }),
    );
  withReason(group.command('release <hold>').description('the end of a legal hold')).action(
    (id: string, options: Options) =>
      answer(options, async (configuration) => {
        const { keys } = await releaseHold(id, options.reason, configuration);
        return `${id} held ${keys.join(' ')}`;
      }),
  );
}

async function answer(options: Options, work: (configuration: Configuration) => Promise<string>): Promise<void> {
  try {
    console.log(await work(readConfiguration(options.config)));
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof KeyRefused)) throw error;
    console.error(error.message);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function retentions(value: string, before: readonly string[]): readonly string[] {
  if (value !== anyRetention && !retentionPattern.test(value)) throw new InvalidArgumentError(retentionWords);
  return [...before, value];
}
