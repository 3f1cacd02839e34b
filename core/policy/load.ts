/**
 * Policy files → a compiled policy, or everything that is wrong with them. Three passes that do not stop at the first fault:
 * YAML, schema, and what ties entries together (names, CEL, approvals). The last one reads the plain values, so that it also
 * speaks about entries that the schema refused.
 */
import { createPolicy } from '../decision/compiled-policy.ts';
import type { Hash, PatternEngine } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import type { Diagnostic } from './config.ts';
import { byPlace } from './diagnostics.ts';
import { validate } from './issues.ts';
import type { Policy } from './policy.ts';
import { checkReferences, type KnownNames } from './references.ts';
import { type PolicyFile, policyFileSchema } from './schema.ts';
import { toDraft } from './to-policy.ts';
import { parseYaml, type YamlSource } from './yaml-source.ts';

export { policyJsonSchema } from './schema.ts';

export interface PolicyPorts {
  readonly hash: Hash;
  readonly patterns: PatternEngine;
}

/** `known.credentials` undefined: names of credentials are not checked (a policy file that is looked at alone). */
export function loadPolicy(
  files: readonly { readonly name: string; readonly text: string }[],
  known: KnownNames,
  on: PolicyPorts,
): Result<Policy, readonly Diagnostic[]> {
  const diagnostics: Diagnostic[] = [];
  const sources: YamlSource[] = [];
  for (const file of files) {
    const parsed = parseYaml(file);
    if (parsed.ok) sources.push(parsed.value);
    else diagnostics.push(...parsed.error);
  }

  const entries: PolicyFile[] = [];
  for (const source of sources) {
    const { value, diagnostics: faults } = validate(source, policyFileSchema);
    if (value) entries.push(value);
    diagnostics.push(...faults);
  }

  // With an unreadable file the names it defines are unknown, so a missing name would prove nothing.
  diagnostics.push(
    ...checkReferences(sources, known, { namesAreComplete: sources.length === files.length }, on.patterns),
  );
  if (diagnostics.length > 0) return err(diagnostics.sort(byPlace));
  return ok(createPolicy(toDraft(entries, on.patterns), on.hash));
}
