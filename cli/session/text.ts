/** A session on one screen. Much of it was chosen by callers: nothing may drive the terminal. */
import type { Json, JsonObject } from '@countersign/core/ledger/record.ts';
import type { PlacedRecord, SessionDocument } from '@countersign/core/ledger/session-document.ts';
import { isObject, memberAt } from '@countersign/core/ledger/stored-record.ts';
import { alignColumns, printable } from '../terminal-text.ts';

type Line = readonly [name: string, value: string];

export function sessionText(document: SessionDocument): string {
  const { session, state, facts, digests, approvals, records } = document;
  const lines: readonly Line[] = [
    ['session', session],
    ['state', words([state, text(facts['outcome']), text(facts['reason'])])],
    ...flat(
      '',
      pick(facts, ['identity', 'endpoint', 'request', 'decision', 'masking', 'response', 'refusal', 'record', 'times']),
    ),
    ...flat('approval', facts['approval']),
    ...approvals.map(approvalLine),
    ...flat('digests', digests),
    ...records.map((placed): Line => ['record', `${place(placed)} ${placed.record.type}`]),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`).join('\n');
}

/** One line each: when, who, where, what came of it. */
export function sessionListText(documents: readonly SessionDocument[]): string {
  const rows = documents.map(({ session, state, facts, records }) => [
    session,
    records[0]?.record.time ?? '',
    text(memberAt(facts['identity'], 'subject')) || '-',
    text(memberAt(facts['endpoint'], 'name')) || '-',
    text(memberAt(facts['decision'], 'rule')) || text(memberAt(facts['decision'], 'reason')) || '-',
    words([state, text(facts['outcome'])]),
  ]);
  return alignColumns([['SESSION', 'FIRST RECORD', 'SUBJECT', 'ENDPOINT', 'RULE', 'STATE'], ...rows]);
}

function approvalLine(placed: PlacedRecord): Line {
  const { type, data } = placed.record;
  const by = text(memberAt(data['by'], 'subject'));
  const details = [text(data['verdict']), by && `by ${by}`, data['verdict'] && text(data['reason'])];
  return [type, words([place(placed), ...details.map((detail) => text(detail))])];
}

function place({ ledger, seq, record }: PlacedRecord): string {
  return `${record.time} ${ledger}/${seq}`;
}

/** Nested members as dotted names, so that what a later version adds is shown too. */
function flat(name: string, value: Json | undefined): readonly Line[] {
  if (value === undefined || isEmpty(value)) return [];
  if (!isObject(value)) return [[name, Array.isArray(value) ? value.map(inline).join(', ') : inline(value)]];
  return Object.entries(value).flatMap(([key, child]) => flat(name === '' ? key : `${name}.${key}`, child));
}

function isEmpty(value: Json): boolean {
  return value === '' || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

function inline(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function pick(facts: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, facts[name]]));
}

function text(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function words(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
