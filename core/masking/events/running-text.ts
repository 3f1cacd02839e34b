/** Keys that hold running text in one API or another: where they stand unexpectedly, text may come that nobody here joins. */
import { foldCase } from '../../body/key-folding.ts';
import { spellingKeys } from '../tripwire.ts';
import type { PathStep } from './json-spots.ts';

export const textKeys: ReadonlySet<PathStep> = new Set([
  'content',
  'text',
  'refusal',
  'reasoning',
  'reasoning_content',
  'thinking',
  'arguments',
  'input',
  'transcript',
  'summary',
]);

const jsonKeys: ReadonlySet<string> = new Set(['arguments', 'partial_json']);

/** Arguments of tools are JSON inside a string, which clients parse once they have all of it. */
export const holdsJson = (name: string): boolean => jsonKeys.has(name);

/** A number where running text belongs: a client that adds it up makes text of it. */
export const isTextKey = (key: PathStep | undefined): boolean =>
  key !== undefined && textKeys.has(typeof key === 'string' ? foldCase(key) : key);

const streamedKeys: ReadonlySet<PathStep> = new Set([
  ...textKeys,
  'delta',
  'response',
  'token',
  'generated_text',
  'text_output',
  'partial_json',
  'completion',
  'output',
  'output_text',
]);

/** Clients in Go find members whatever their case, and some others read a key up to a NUL. */
export const mayBeStreamed = (path: readonly PathStep[]): boolean =>
  path.some((step) => typeof step === 'string' && streamedKeys.has(foldCase(step)));

const spelling: ReadonlySet<unknown> = new Set(spellingKeys);

/** A member that spells running text a second time, in any API. */
export const spellsAgain = (path: readonly PathStep[]): boolean => {
  const key = path.at(-1);
  return typeof key === 'string' && spelling.has(foldCase(key));
};
