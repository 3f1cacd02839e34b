/** docs/audit-events.md against the types of the records. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { scoredSession } from '@countersign/core/exchange/records.testing.ts';
import { sessionEnded } from '@countersign/core/exchange/records.ts';
import { recordTypes } from '@countersign/core/ledger/record.ts';
import { recordJsonSchemas } from '@countersign/core/ledger/records/catalogue.ts';

const page = readFileSync(new URL('../docs/audit-events.md', import.meta.url), 'utf8');
/** Every word of it in code, `a.b[].c` as three. */
const words = new Set([...page.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => [code, ...code.split(/[.[\]]+/)]));

test('every type stands in docs/audit-events.md, and every member of one', () => {
  for (const type of recordTypes) assert.ok(words.has(type), type);
  for (const [type, schema] of recordJsonSchemas()) {
    for (const name of membersOf(schema)) assert.ok(words.has(name) || page.includes(`"${name}"`), `${type}: ${name}`);
  }
});

test('its example is what a writer writes', () => {
  const example = [...page.matchAll(/^```json\n([\s\S]*?)^```/gm)].at(-1)?.[1] ?? '';
  const clock = { nowMs: 1_790_000_000_200, monotonic: 1077.5 };
  const { data } = sessionEnded('session.closed', scoredSession(), { outcome: 'completed' }, clock, (text) => text);
  assert.deepEqual(JSON.parse(example), JSON.parse(JSON.stringify(data)));
});

/** Names of members at every depth. */
function membersOf(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([name, child]) => [
    ...(name === 'properties' && typeof child === 'object' && child !== null ? Object.keys(child) : []),
    ...membersOf(child),
  ]);
}
