import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTrustedUrl } from '@countersign/core/policy/trusted-url.ts';
import { stringify } from 'yaml';
import { configurationFile, UsageError } from './configuration.ts';
import { arrayAt, objectAt } from './json.ts';

export interface StarterOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Whose calls the example rule allows. */
  readonly group: string;
  /** Name of the chat model; undefined: there is none, or nobody said which. */
  readonly model: string | undefined;
  /** `host:port` of the console. */
  readonly console: string;
}

/**
 * Writes a configuration to begin with: one issuer, the two APIs at their usual paths, and one rule that allows one group.
 * Everything else is refused. Nothing that exists is overwritten.
 */
export function writeStarter(directory: string, options: StarterOptions): void {
  if (!isTrustedUrl(options.issuer)) throw new UsageError('--issuer must be an https URL (http on loopback only)');
  // Braces are a template over the path in a policy.
  if (/[{}]/.test(options.model ?? '')) throw new UsageError(`--model ${options.model}: a model name without braces`);
  mkdirSync(join(directory, 'policy'), { recursive: true, mode: 0o700 });
  const flag = { flag: 'wx' };
  writeFileSync(configurationFile(directory), starterConfiguration(options), flag);
  writeFileSync(join(directory, 'policy', 'first.yaml'), starterPolicy(options), flag);
}

function starterConfiguration({ issuer, audience, console }: StarterOptions): string {
  return stringify({
    version: 1,
    issuers: [{ issuer, audience: [audience] }],
    listeners: { console },
    ledger: { directory: 'ledger' },
    approvals: { store: 'approvals.db' },
  });
}

/** The host that callers name: they call this machine, as `up` listens on loopback only. */
const host = '127.0.0.1';

function starterPolicy({ group, model }: StarterOptions): string {
  const scoring = {
    name: 'scoring',
    match: { host, path: '/v2/models/*/infer', methods: ['POST'] },
    api: 'open-inference-v2',
    model: { name: '{path[2]}' },
    mask: { request: 'none', response: 'bank' },
  };
  const chat = {
    name: 'chat',
    match: { host, path: '/v1/chat/completions', methods: ['POST'] },
    api: 'openai',
    model: { name: model ?? 'NAME-OF-THE-MODEL' },
    mask: { request: 'none', response: 'bank' },
  };
  // biome-ignore lint/suspicious/noThenProperty: the word of the policy language; nothing awaits a rule
  const rules = [{ name: 'first-callers', match: { groups: [group] }, then: 'allow' }];
  const known = stringify({ version: 1, endpoints: model === undefined ? [scoring] : [scoring, chat], rules });
  const notes = [
    'What no rule allows is refused. "countersign policy check" tells what is wrong with a file, with line and column.',
    'A model server with a key of its own: name the key under credentials: in countersign.yaml, and at the endpoint',
    '  upstream: { credential: NAME }',
    'A second person for large calls:',
    '  - { name: bulk, match: { endpoint: scoring }, when: body.rows > 100, then: hold, approval: { groups: [APPROVERS] } }',
  ];
  if (model === undefined) {
    notes.push(
      'A chat model: add this endpoint, with the name that callers send as "model":',
      ...indented(stringify([chat])),
    );
  }
  return `${notes.map((note) => `# ${note}`).join('\n')}\n${known}`;
}

const indented = (text: string): readonly string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);

/** The first model that an OpenAI-compatible server lists; undefined when it is none, or does not say without a key. */
export async function discoverChatModel(upstream: string): Promise<string | undefined> {
  try {
    const response = await fetch(new URL('/v1/models', upstream), { signal: AbortSignal.timeout(3000) });
    const first = objectAt(arrayAt(await response.json(), 'data')[0]);
    return typeof first['id'] === 'string' ? first['id'] : undefined;
  } catch {
    return undefined;
  }
}
