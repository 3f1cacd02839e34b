import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PackFile } from '@countersign/core/evidence/pack-file.ts';

const tools = fileURLToPath(new URL('../../tools/', import.meta.url));
/** For our own tests. */
const notForAuditors = 'ask.py';

/** The second verifier, which needs nothing of ours. */
export function verifierFiles(): readonly PackFile[] {
  const modules = readdirSync(join(tools, 'verifier'))
    .filter((name) => name.endsWith('.py') && name !== notForAuditors)
    .toSorted();
  return ['verify.py', ...modules.map((name) => `verifier/${name}`)].map((name) => ({
    name: `verify/${name}`,
    content: () => [readFileSync(join(tools, name))],
  }));
}
