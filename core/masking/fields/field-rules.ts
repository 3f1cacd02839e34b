/** The field rules of a profile, ready for documents. */
import type { FieldRule } from '../../policy/policy.ts';
import type { FieldNode } from './field-node.ts';
import { parseFieldPath } from './field-path.ts';
import { type DocumentRule, selectFields } from './selected-fields.ts';
import { StreamingFields, type StreamingRule } from './streaming-fields.ts';

export type FieldRules =
  /** Known as the document comes. */
  | { readonly kind: 'streaming'; root(): FieldNode }
  /** Known when all of it is there. */
  | { readonly kind: 'whole'; select(document: unknown): FieldNode };

/** undefined: there are none for documents. */
export function compileFields(rules: readonly FieldRule[]): FieldRules | undefined {
  const whole: DocumentRule[] = [];
  const streaming: StreamingRule[] = [];
  for (const { path, as } of rules) {
    if (path === undefined) continue;
    const parsed = parseFieldPath(path);
    // Checked at load; if it ever failed here, a rule must not be left out.
    if (!parsed.ok) throw new Error('a path of a field rule was checked and does not parse');
    whole.push({ path: parsed.value, as });
    if (parsed.value.segments !== undefined) streaming.push({ segments: parsed.value.segments, as });
  }
  if (whole.length === 0) return undefined;
  if (streaming.length < whole.length) return { kind: 'whole', select: (document) => selectFields(whole, document) };
  const fields = new StreamingFields(streaming);
  return { kind: 'streaming', root: () => fields.root() };
}
