/**
 * Which part of CEL a `when` may use. Closed lists: what is new in the engine stays outside until somebody has looked at it.
 * Left out on purpose: `has` (every field is always there, so it would only hide typos), maps,
 * indexing, `dyn` and `map`/`filter` (they lose the static types), nested comprehensions (polynomial in the caller's groups),
 * case folding (not ASCII-only in this engine), `double` (NaN compares false, so a deny would quietly not match), and patterns
 * of `matches` that are not written out (matches.ts).
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { ExpressionError } from './expression.ts';
import { celSchemas } from './expression-types.ts';
import type { MatchesCall } from './matches.ts';
import { didYouMean } from './suggest.ts';

const functions = ['size', 'startsWith', 'endsWith', 'contains', 'string', 'int'] as const;
const comprehensions = ['exists', 'exists_one', 'all'] as const;
const callables: readonly string[] = [...functions, ...comprehensions, 'matches'];
const maxInt64 = 2n ** 63n;

interface Scope {
  /** Names bound by a comprehension. */
  readonly bound: readonly string[];
}

export function findUnsupported(ast: ASTNode): {
  readonly errors: ExpressionError[];
  readonly bodyFields: readonly string[];
  readonly matches: readonly MatchesCall[];
} {
  const matches: MatchesCall[] = [];
  const errors: ExpressionError[] = [];
  const bodyFields = new Set<string>();

  const report = (offset: number, message: string, hint?: string) =>
    errors.push({ offset, message: `CEL: ${message}`, ...(hint !== undefined && { hint }) });

  const walk = (node: ASTNode, scope: Scope): void => {
    switch (node.op) {
      case 'value':
        if (typeof node.args === 'bigint' && node.args > maxInt64)
          report(node.start, 'the number does not fit 64 bits');
        return;
      case 'id':
        if (scope.bound.includes(node.args)) return;
        if (node.args === 'body') bodyFields.add('*');
        if (!Object.hasOwn(celSchemas, node.args)) unknownName(node.start, node.args, scope);
        return;
      case '.':
        select(node, scope);
        return;
      case 'call':
        if (!allowed(node.args[0], node.start)) return;
        if (node.args[0] === 'matches')
          report(node.start, 'matches() has its text in front', 'write text.matches("…")');
        for (const argument of node.args[1]) walk(argument, scope);
        return;
      case 'rcall':
        method(node, scope);
        return;
      case 'list':
        for (const item of node.args) walk(item, scope);
        return;
      case '!_':
      case '-_':
        walk(node.args, scope);
        return;
      case '[]':
      case '[?]':
      case '.?':
      case 'map':
        report(node.start, 'indexing and maps are not available here', 'lists are searched with "in" or exists()');
        return;
      default:
        for (const operand of node.args) walk(operand, scope);
    }
  };

  const unknownName = (offset: number, name: string, scope: Scope) => {
    const known = [...Object.keys(celSchemas), ...scope.bound];
    report(offset, `unknown name "${name}"`, didYouMean(name, known) ?? `known: ${known.join(', ')}`);
  };

  const select = (node: Extract<ASTNode, { op: '.' }>, scope: Scope) => {
    const [object, field] = node.args;
    const type = typeOf(object, scope);
    if (isBody(object, scope)) bodyFields.add(field);
    else walk(object, scope);
    if (type === undefined || Object.hasOwn(type, field)) return;
    const known = Object.keys(type);
    report(node.pos, `unknown field "${field}"`, didYouMean(field, known) ?? `known: ${known.join(', ')}`);
  };

  const method = (node: Extract<ASTNode, { op: 'rcall' }>, scope: Scope) => {
    const [name, receiver, args] = node.args;
    walk(receiver, scope);
    const offset = nameOffset(node.input, receiver.end, name);
    if (!allowed(name, offset)) return;
    const [variable, predicate] = args;
    if (name === 'matches') {
      const pattern = variable?.op === 'value' ? variable.args : undefined;
      if (typeof pattern === 'string' && variable !== undefined) matches.push({ offset, pattern, literal: variable });
      else
        report(
          offset,
          'the pattern of matches() must be written out',
          'so that it is checked when the policy is loaded',
        );
      return;
    }
    if (!isComprehension(name) || variable?.op !== 'id' || predicate === undefined) {
      for (const argument of args) walk(argument, scope);
      return;
    }
    if (scope.bound.length > 0) report(node.start, `${name}() inside another comprehension`, 'write two rules');
    if (Object.hasOwn(celSchemas, variable.args))
      report(variable.start, `"${variable.args}" is taken`, 'use another name');
    walk(predicate, { bound: [...scope.bound, variable.args] });
  };

  const allowed = (name: string, offset: number): boolean => {
    if (callables.includes(name)) return true;
    report(offset, refusal(name), didYouMean(name, callables) ?? `available: ${callables.join(', ')}`);
    return false;
  };

  walk(ast, { bound: [] });
  return { errors, bodyFields: [...bodyFields], matches };
}

const isBody = (node: ASTNode, scope: Scope): boolean =>
  node.op === 'id' && node.args === 'body' && !scope.bound.includes('body');

function refusal(name: string): string {
  if (name === 'has') return 'has() is not needed: every field is always there, empty when nothing is known';
  return `${name}() is not available here`;
}

function isComprehension(name: string): boolean {
  return comprehensions.some((known) => known === name);
}

/** The fields of an expression that is one of our objects; undefined for everything else, which the type checker reads. */
function typeOf(node: ASTNode, scope: Scope): object | undefined {
  if (node.op === 'id') return scope.bound.includes(node.args) ? undefined : own(celSchemas, node.args);
  if (node.op !== '.') return undefined;
  const parent = typeOf(node.args[0], scope);
  return parent === undefined ? undefined : own(parent, node.args[1]);
}

function own(object: object, key: string): object | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(object, key)?.value;
  return typeof value === 'object' && value !== null ? value : undefined;
}

/** The AST says where a receiver ends, not where the method's name begins. */
function nameOffset(input: string, receiverEnd: number, name: string): number {
  const found = input.indexOf(name, receiverEnd);
  return found < 0 ? receiverEnd : found;
}
