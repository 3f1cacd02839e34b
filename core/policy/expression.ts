/**
 * The one place that knows the CEL engine. A `when` is a small, closed part of CEL: everything in it has a static type, ends in
 * time linear in the caller's groups, and means the same in any CEL implementation. What is outside is refused at load.
 */
import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js';
import type { PatternEngine } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import { findUnsupported } from './expression-subset.ts';
import { celSchemas } from './expression-types.ts';
import { onOwnEngine } from './matches.ts';
import type { BodyFacts, EndpointFacts, IdentityFacts, RequestFacts } from './policy.ts';

export interface Facts {
  readonly identity: IdentityFacts;
  readonly request: RequestFacts;
  readonly endpoint: EndpointFacts;
  /** Absent in the pre-filter; expressions that read it are not evaluated there. */
  readonly body?: BodyFacts;
}

export interface Expression {
  readonly readsBody: boolean;
  /** Which fields of `body`; "*" where it is not said. */
  readonly bodyFields: readonly string[];
  /** undefined: evaluation failed (a division by zero, an overflow, a number that is none). Never throws. */
  evaluate(facts: Facts): boolean | undefined;
}

export interface ExpressionError {
  /** Character of the expression, counted from 0. */
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

const limits = { maxAstNodes: 4000, maxDepth: 32, maxListElements: 1000, maxMapEntries: 1, maxCallArguments: 4 };

const environment = new Environment({ limits })
  .registerVariable('identity', { schema: celSchemas.identity })
  .registerVariable('request', { schema: celSchemas.request })
  .registerVariable('endpoint', { schema: celSchemas.endpoint })
  .registerVariable('body', { schema: celSchemas.body });

/** Parses and type-checks; the result must be a bool. Errors carry the offending character. */
export function compileExpression(
  source: string,
  patterns: PatternEngine,
): Result<Expression, readonly ExpressionError[]> {
  const written = parse(environment, source);
  if (!written.ok) return written;
  const { errors, bodyFields, matches } = findUnsupported(written.value.ast);
  if (errors.length > 0) return err(errors);
  const own = matches.length > 0 ? onOwnEngine(environment, source, matches, patterns) : ok({ environment, source });
  if (!own.ok) return own;
  const parsed = matches.length > 0 ? parse(own.value.environment, own.value.source) : written;
  if (!parsed.ok) return parsed;
  const [left] = matches.length > 0 ? findUnsupported(parsed.value.ast).matches : [];
  // A comment between the text and the call: what was renamed is then not the call, which would run on the other engine.
  if (left !== undefined) return err([{ offset: left.offset, message: 'write matches() right behind its text' }]);
  const program = parsed.value;
  const checked = program.check();
  if (!checked.valid) return err([fromEngine(checked.error)]);
  if (checked.type !== 'bool') {
    return err([
      { offset: startOf(program.ast), message: `when must be a bool, this is ${checked.type ?? 'unknown'}` },
    ]);
  }
  return ok({ readsBody: bodyFields.length > 0, bodyFields, evaluate: (facts) => evaluate(program, facts) });
}

function parse(inside: Environment, source: string): Result<ParseResult, readonly ExpressionError[]> {
  try {
    return ok(inside.parse(source));
  } catch (error) {
    return err([fromEngine(error)]);
  }
}

function evaluate(program: ParseResult, facts: Facts): boolean | undefined {
  try {
    const value: unknown = program(facts);
    return typeof value === 'boolean' ? value : undefined;
  } catch {
    return undefined;
  }
}

function startOf(node: ASTNode): number {
  return node.range.start;
}

/** The engine's message has a drawing of the line appended; `summary` is the sentence alone. */
function fromEngine(error: unknown): ExpressionError {
  if (typeof error !== 'object' || error === null) return { offset: 0, message: 'CEL: unreadable expression' };
  const summary = 'summary' in error && typeof error.summary === 'string' ? error.summary : 'unreadable expression';
  const range = 'range' in error && typeof error.range === 'object' && error.range !== null ? error.range : {};
  const offset = 'start' in range && typeof range.start === 'number' ? range.start : 0;
  return { offset, message: `CEL: ${summary}` };
}
