/** From what the schema says to what a person reads: place, sentence, hint. */
import { z } from 'zod';
import type { Diagnostic } from './config.ts';
import { didYouMean } from './suggest.ts';
import type { Path, YamlSource } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;

/** Keys of the design that a later version brings: not a typo, so they get another sentence. */
const notYet = new Set(['notify', 'break_glass', 'tests', 'introspection', 'anchor']);

/** Validates one file against its schema; every issue becomes one diagnostic (one per key for unknown keys). */
export function validate<S extends z.ZodType>(
  source: YamlSource,
  schema: S,
): { readonly value: z.output<S> | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const parsed = schema.safeParse(source.raw);
  if (parsed.success) return { value: parsed.data, diagnostics: [] };
  const jsonSchema: unknown = z.toJSONSchema(schema, { io: 'input' });
  return {
    value: undefined,
    diagnostics: parsed.error.issues
      .flatMap((issue) => flatten(issue, [], source.raw))
      .flatMap(({ issue, path }) => describe(source, jsonSchema, issue, path)),
  };
}

/** A union reports every branch: keep the ones that got furthest into the value. */
function flatten(issue: Issue, prefix: Path, raw: unknown): readonly { readonly issue: Issue; readonly path: Path }[] {
  const path = [...prefix, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }];
  const value = valueAt(raw, path);
  const isObject = typeof value === 'object' && value !== null;
  const branches = issue.errors.map((errors) => errors.flatMap((inner) => flatten(inner, path, raw)));
  const fitting = branches.filter((branch) =>
    branch.every(
      ({ issue: inner, path: at }) => at.length > path.length || (isObject && inner.code === 'unrecognized_keys'),
    ),
  );
  return fitting[0] ?? branches.find((branch) => branch[0]?.issue.code === 'invalid_value') ?? [{ issue, path }];
}

function describe(source: YamlSource, jsonSchema: unknown, issue: Issue, path: Path): readonly Diagnostic[] {
  const value = valueAt(source.raw, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(jsonSchema, path);
      return issue.keys.map((key) => {
        const message = notYet.has(key) ? `"${key}" is not implemented in this version` : `unknown key "${key}"`;
        return source.atKey([...path, key], message, didYouMean(key, known) ?? `known: ${known.join(', ')}`);
      });
    }
    case 'invalid_value': {
      if (value === undefined) return [missing(source, path)];
      const known = issue.values.map(String);
      const message = `${show(value)} is not a value that this version implements; known: ${known.join(', ')}`;
      return [source.at(path, message, typeof value === 'string' ? didYouMean(value, known) : undefined)];
    }
    case 'invalid_type':
    case 'invalid_union':
      return [value === undefined ? missing(source, path) : wrongType(source, path, issue, value)];
    case 'too_small':
    case 'too_big':
      return [source.at(path, bound(issue))];
    case 'invalid_format':
      return [source.at(path, `${show(value)} is not ${issue.message}`)];
    case 'custom':
      return [source.at(path, `${show(value)}: ${issue.message}`)];
    default:
      return [source.at(path, issue.message)];
  }
}

function missing(source: YamlSource, path: Path): Diagnostic {
  return source.at(path, `missing key "${String(path.at(-1))}"`);
}

type TypeIssue = Extract<Issue, { code: 'invalid_type' | 'invalid_union' }>;

function wrongType(source: YamlSource, path: Path, issue: TypeIssue, value: unknown): Diagnostic {
  // A message of the schema's own says more than the bare type, and then quoting would not help.
  const own = !issue.message.startsWith('Invalid input');
  const type = issue.code === 'invalid_type' ? issue.expected : 'another value';
  const quote = !own && type === 'string' && typeof value !== 'object';
  // Where a mapping says where a secret is, what stands there instead may be the secret.
  const found = own && type === 'object' ? kindOf(value) : show(value);
  const message = `expected ${own ? issue.message : article(type)}, found ${found}`;
  return source.at(path, message, quote ? 'put it in quotes' : undefined);
}

function bound(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const units: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };
  const unit = units[issue.origin] ?? '';
  return issue.code === 'too_small'
    ? issue.minimum === 1 && unit !== ''
      ? 'must not be empty'
      : `at least ${issue.minimum}${unit}`
    : `at most ${issue.maximum}${unit}`;
}

function article(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    object: 'a mapping',
    record: 'a mapping',
    array: 'a list',
    string: 'text',
    'another value': 'another value',
  };
  return words[expected] ?? `${/^[aeio]/.test(expected) ? 'an' : 'a'} ${expected}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : 'a value';
}

function show(value: unknown): string {
  if (typeof value === 'object') return kindOf(value);
  const text = String(value);
  // JSON's quoting keeps a line break inside from making two lines of one diagnostic.
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** What stands at a path of a plain value; undefined when nothing does. */
export function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, step)?.value;
  }
  return value;
}

/** The keys that the schema knows where `path` points to; of a union those of all its branches. */
function keysAt(jsonSchema: unknown, path: Path): readonly string[] {
  let at = branches(jsonSchema);
  for (const step of path) {
    at = at
      .map((schema) =>
        typeof step === 'number'
          ? valueAt(schema, ['items'])
          : (valueAt(schema, ['properties', step]) ?? valueAt(schema, ['additionalProperties'])),
      )
      .flatMap(branches);
  }
  const keys = at.flatMap((schema) => {
    const properties = valueAt(schema, ['properties']);
    return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  });
  return [...new Set(keys)];
}

function branches(schema: unknown): readonly unknown[] {
  const several = valueAt(schema, ['anyOf']) ?? valueAt(schema, ['oneOf']);
  return Array.isArray(several) ? several : [schema];
}
