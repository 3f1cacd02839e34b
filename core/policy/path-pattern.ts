import { err, ok, type Result } from '../result.ts';

/** `*` is one segment, not empty; `**` stands last and is one segment or more. Everything else is compared as it is. */
export type PatternSegment = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'any' | 'rest' };
export type PathPattern = readonly PatternSegment[];

/** The error is one sentence for the person who wrote the pattern. */
export function parsePathPattern(text: string): Result<PathPattern, string> {
  if (!text.startsWith('/')) return err('a path starts with "/"');
  if (/[%;\\?#\s]/.test(text)) {
    return err('a path pattern holds decoded text only: no "%", ";", "\\", "?", "#" and no spaces');
  }
  const parts = text.slice(1).split('/');
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    if (part === '' && !last) return err('"//" never matches: such a call is refused');
    if (part === '.' || part === '..') return err('dot segments never match: such a call is refused');
    if (part === '**' && !last) return err('"**" stands only at the end');
    if (part.includes('*') && part !== '*' && part !== '**') return err('"*" stands for a whole segment');
  }
  return ok(parts.map(toSegment));
}

function toSegment(part: string): PatternSegment {
  if (part === '*') return { kind: 'any' };
  if (part === '**') return { kind: 'rest' };
  return { kind: 'literal', text: part };
}

export function matchesPath(pattern: PathPattern, segments: readonly string[]): boolean {
  const rest = pattern.at(-1)?.kind === 'rest';
  if (rest ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every((part, index) => {
    if (part.kind === 'literal') return part.text === segments[index];
    return part.kind === 'rest' || segments[index] !== '';
  });
}

/**
 * Most specific first: from left to right a literal goes before `*`, and `*` before `**`. Two different patterns that
 * match one path always differ somewhere in this order, so a path has one answer.
 */
export function compareSpecificity(a: PathPattern, b: PathPattern): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = rank(a[index]) - rank(b[index]);
    if (difference !== 0) return difference;
  }
  return b.length - a.length;
}

function rank(segment: PatternSegment | undefined): number {
  if (segment?.kind === 'literal') return 0;
  return segment?.kind === 'any' ? 1 : 2;
}

const templateField = /\{([^{}]*)\}/g;

/** `{path[2]}` is segment 2 of the path, counted from 0. The error is a sentence; undefined: the template is fine. */
export function validateTemplate(template: string, pattern: PathPattern): string | undefined {
  for (const [field, inner] of template.matchAll(templateField)) {
    const index = /^path\[(\d{1,3})\]$/.exec(inner ?? '')?.[1];
    if (index === undefined) return `${field} is not a template: write {path[N]}, N counted from 0`;
    const segment = pattern[Number(index)];
    if (segment === undefined) return `${field}: the path has segments 0 to ${pattern.length - 1} only`;
    if (segment.kind === 'rest') return `${field}: "**" has no fixed text; name a segment before it`;
  }
  return /[{}]/.test(template.replace(templateField, '')) ? 'an unmatched brace' : undefined;
}

export function fillTemplate(template: string, segments: readonly string[]): string {
  return template.replace(templateField, (_, inner: string) => segments[Number(inner.slice(5, -1))] ?? '');
}
