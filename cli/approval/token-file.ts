import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { UsageError } from '../up/configuration.ts';

/**
 * A token from a file, or from stdin for `-`. Never from an argument or the environment: those are in process lists and
 * shell histories.
 */
export async function readToken(path: string): Promise<string> {
  const token = (await read(path)).trim();
  if (token === '') throw new UsageError(`${nameOf(path)} is empty: a token is needed`);
  if (/[^\x21-\x7e]/.test(token)) throw new UsageError(`${nameOf(path)} does not hold one token`);
  return token;
}

const nameOf = (path: string): string => (path === '-' ? 'stdin' : path);

async function read(path: string): Promise<string> {
  if (path === '-') return await text(process.stdin);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : 'unknown'}`);
  }
}
