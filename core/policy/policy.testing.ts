/** Policy texts for tests, and what the loader says of them. */
import { createHash } from 'node:crypto';
import { createPatternEngine } from '@countersign/adapters/re2/pattern-engine.ts';
import { loadPolicy } from './load.ts';

export const hash = {
  sha256: (...parts: readonly Uint8Array[]) => {
    const sum = createHash('sha256');
    for (const part of parts) sum.update(part);
    return sum.digest();
  },
};
export const ports = { hash, patterns: createPatternEngine() };
export const load = (...texts: readonly string[]) =>
  loadPolicy(
    texts.map((text, index) => ({ name: `${'abc'[index]}.yaml`, text })),
    { credentials: ['scoring-key'] },
    ports,
  );
/** `file:line:column: message (hint)` of every fault. */
export const faults = (...texts: readonly string[]) => {
  const result = load(...texts);
  return result.ok
    ? []
    : result.error.map(
        (one) => `${one.file}:${one.line}:${one.column}: ${one.message}${one.hint ? ` (${one.hint})` : ''}`,
      );
};

export const endpoint = `version: 1
endpoints:
  - name: scoring
    match: { host: scoring.test, path: "/v2/models/*/infer" }
    api: open-inference-v2
    model: { name: "{path[2]}" }
`;
export const rules = (text: string) => `${endpoint}rules:\n${text}`;
export const rule = (text: string) => rules(`  - { name: r, match: {}, then: allow, ${text} }\n`);
export const hold = (terms: string) =>
  rules(`  - { name: r, match: {}, then: hold, approval: { groups: [g], ${terms} } }\n`);
export const mask = (text: string) => `version: 1\nmask:\n${text}`;
