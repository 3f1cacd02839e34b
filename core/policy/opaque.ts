/** What `api: opaque` cannot do, said at load: nothing of such a body is read, masked or copied, and a policy must not seem to. */
import type { PatternEngine } from '../ports.ts';
import type { Diagnostic } from './config.ts';
import { type Entry, read } from './entries.ts';
import { compileExpression } from './expression.ts';

/** All that is known of a body that is not read. */
const knownFields: readonly string[] = ['bytes'];

export function opaqueFaults(
  endpoints: readonly Entry[],
  rules: readonly Entry[],
  patterns: PatternEngine,
): readonly Diagnostic[] {
  const opaque = endpoints.filter((entry) => read(entry, 'api') === 'opaque');
  return [
    ...opaque.flatMap((entry) => [
      ...must(entry, ['mask', 'request'], 'none', 'none', 'is not masked'),
      ...must(entry, ['mask', 'response'], 'none', 'bank', 'is not masked'),
      ...must(entry, ['record', 'payload'], 'digest', 'sealed', 'has no masked copy'),
    ]),
    ...rules.flatMap((rule) => unknowable(rule, opaque, patterns)),
  ];
}

/** What would hold by default has to be written otherwise, so that whoever reads the policy sees what an endpoint gives up. */
function must(
  entry: Entry,
  path: readonly [section: string, key: string],
  value: string,
  byDefault: string,
  because: string,
): readonly Diagnostic[] {
  const written = read(entry, ...path);
  if ((written ?? byDefault) === value) return [];
  const [section, key] = path;
  const message = `what passes an endpoint of api "opaque" ${because}: say ${section}: { ${key}: ${value} }`;
  return [entry.source.at([...entry.path, ...(written === undefined ? ['api'] : path)], message)];
}

function unknowable(rule: Entry, opaque: readonly Entry[], patterns: PatternEngine): readonly Diagnostic[] {
  const when = read(rule, 'when');
  const only = read(rule, 'match', 'endpoint');
  const [endpoint] = opaque.filter(({ name }) => only === undefined || only === name);
  if (endpoint === undefined || typeof when !== 'string') return [];
  const compiled = compileExpression(when, patterns);
  const unknown = compiled.ok ? compiled.value.bodyFields.filter((field) => !knownFields.includes(field)) : [];
  if (unknown.length === 0) return [];
  const fields = unknown.map((field) => (field === '*' ? 'body' : `body.${field}`)).join(', ');
  const message = `${fields} is not known of endpoint "${endpoint.name ?? ''}", whose api is "opaque"`;
  const hint = only === undefined ? 'say in match which endpoint this rule is for' : 'only body.bytes is';
  return [rule.source.at([...rule.path, 'when'], message, hint)];
}
