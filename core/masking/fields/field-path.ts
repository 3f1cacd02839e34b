/**
 * Paths of field rules: JSONPath (RFC 9535), but for what would let a hostile document take long. What is left costs at most a
 * step for each value and each segment.
 */
import { jsonpath } from 'json-p3';
import { err, ok, type Result } from '../../result.ts';

/** What one segment of a path takes of a container. */
export type Selector =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly start: number; readonly stop: number; readonly step: number }
  | { readonly kind: 'any' };

/** What needs more than the way to a value. */
export type WholeSelector =
  /** `?@.name=='a' || @.name=='b'`: a member is one of these texts. */
  { readonly kind: 'where'; readonly member: string; readonly is: readonly string[] } | { readonly kind: 'other' };

export interface Segment<S = Selector> {
  /** `..`: of the container and of all that are in it. */
  readonly isDescendant: boolean;
  readonly selectors: readonly S[];
}

export interface FieldPath {
  readonly query: jsonpath.JSONPathQuery;
  /** As far as it can be told without a document. */
  readonly outline: readonly Segment<Selector | WholeSelector>[];
  /** The same, where what it selects is known without what comes later: no filters, nothing counted from the end. */
  readonly segments: readonly Segment[] | undefined;
}

export interface PathFault {
  readonly message: string;
  /** In UTF-16 units of the path. */
  readonly offset: number;
}

const maxPathUnits = 512;
const { expressions, selectors } = jsonpath;

/** As deep as bodies are read. */
const environment = new jsonpath.JSONPathEnvironment({ maxRecursionDepth: 256 });

export function parseFieldPath(path: string): Result<FieldPath, PathFault> {
  if (path.length > maxPathUnits) return err({ message: `at most ${maxPathUnits} characters`, offset: 0 });
  let query: jsonpath.JSONPathQuery;
  try {
    query = environment.compile(path);
  } catch (error) {
    if (!(error instanceof jsonpath.JSONPathError)) throw error;
    // The library names the place in brackets; ours is a line and a column.
    return err({ message: error.message.replace(/ \('.*':\d+\)$/s, ''), offset: error.token.index });
  }
  const fault = faultOf(query);
  if (fault !== undefined) return err(fault);
  const outline = query.segments.map((segment) => ({
    isDescendant: isDescendant(segment),
    selectors: segment.selectors.map(toSelector),
  }));
  return ok({ query, outline, segments: streamable(outline) });
}

const isDescendant = ({ token }: jsonpath.JSONPathSegment): boolean => token.kind === jsonpath.TokenKind.DDOT;

function faultOf({ segments }: jsonpath.JSONPathQuery): PathFault | undefined {
  let descents = 0;
  for (const segment of segments) {
    const at = (message: string): PathFault => ({ message, offset: segment.token.index });
    if (isDescendant(segment) && ++descents > 1) return at('".." may stand once: twice, a deep document takes long');
    if (segment.selectors.length > 1 && !areApart(segment.selectors)) {
      return at('several selectors in brackets are different names or indexes counted from the start');
    }
    for (const selector of segment.selectors) {
      const fault = selector instanceof selectors.FilterSelector ? faultOfFilter(selector.expression) : undefined;
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

/** What two of them select is never the same: values cannot multiply from segment to segment. */
function areApart(list: readonly jsonpath.JSONPathSelector[]): boolean {
  const keys = list.map((selector) => {
    if (selector instanceof selectors.NameSelector) return selector.name;
    return selector instanceof selectors.IndexSelector && selector.index >= 0 ? selector.index : undefined;
  });
  return !keys.includes(undefined) && new Set(keys).size === keys.length;
}

/** Filters compare single values with each other; they neither search nor walk. */
function faultOfFilter(expression: jsonpath.expressions.FilterExpression): PathFault | undefined {
  const { token } = expression;
  const at = (message: string): PathFault => ({ message, offset: token.index });
  if (expression instanceof expressions.FilterExpressionLiteral) return undefined;
  if (expression instanceof expressions.LogicalExpression) return faultOfFilter(expression.expression);
  if (expression instanceof expressions.PrefixExpression) return faultOfFilter(expression.right);
  if (expression instanceof expressions.InfixExpression)
    return faultOfFilter(expression.left) ?? faultOfFilter(expression.right);
  if (expression instanceof expressions.FilterQuery) {
    return expression.path.singularQuery()
      ? undefined
      : at('a filter looks at single values: names and indexes, no "*", "..", slices or filters');
  }
  if (expression instanceof expressions.FunctionExtension) {
    if (expression.name === 'length') return expression.args.map(faultOfFilter).find((fault) => fault !== undefined);
    return at(`${expression.name}() is not for field rules: of functions there is length()`);
  }
  return at('not known of filters here');
}

function streamable(outline: FieldPath['outline']): readonly Segment[] | undefined {
  const list: Segment[] = [];
  for (const { isDescendant, selectors } of outline) {
    const known = selectors.filter((selector) => selector.kind !== 'where' && selector.kind !== 'other');
    if (known.length < selectors.length) return undefined;
    list.push({ isDescendant, selectors: known });
  }
  return list;
}

function toSelector(selector: jsonpath.JSONPathSelector): Selector | WholeSelector {
  if (selector instanceof selectors.NameSelector) return { kind: 'name', name: selector.name };
  if (selector instanceof selectors.WildcardSelector) return { kind: 'any' };
  if (selector instanceof selectors.IndexSelector && selector.index >= 0) {
    return { kind: 'index', index: selector.index };
  }
  if (selector instanceof selectors.FilterSelector) return comparison(selector.expression) ?? { kind: 'other' };
  if (!(selector instanceof selectors.SliceSelector)) return { kind: 'other' };
  const { start = 0, stop = Number.POSITIVE_INFINITY, step = 1 } = selector;
  return start >= 0 && stop >= 0 && step > 0 ? { kind: 'slice', start, stop, step } : { kind: 'other' };
}

type Comparison = Extract<WholeSelector, { readonly kind: 'where' }>;

/** Of one member with texts, either of which it may be. */
function comparison(expression: jsonpath.expressions.FilterExpression): Comparison | undefined {
  if (expression instanceof expressions.LogicalExpression) return comparison(expression.expression);
  if (!(expression instanceof expressions.InfixExpression)) return undefined;
  const { left, operator, right } = expression;
  if (operator === '==') return compared(left, right) ?? compared(right, left);
  const one = operator === '||' ? comparison(left) : undefined;
  const other = one && comparison(right);
  return one?.member === other?.member && one !== undefined && other !== undefined
    ? { ...one, is: [...one.is, ...other.is] }
    : undefined;
}

function compared(
  query: jsonpath.expressions.FilterExpression,
  text: jsonpath.expressions.FilterExpression,
): Comparison | undefined {
  if (!(query instanceof expressions.RelativeQuery) || !(text instanceof expressions.StringLiteral)) return undefined;
  const [segment, ...more] = query.path.segments;
  const [selector] = segment?.selectors ?? [];
  return more.length === 0 && selector instanceof selectors.NameSelector
    ? { kind: 'where', member: selector.name, is: [text.value] }
    : undefined;
}
