import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { chainHead, leafOf } from '@countersign/core/ledger/chain.ts';
import { exitCodeOf, type FindingReason, findingReasons } from '@countersign/core/ledger/findings.ts';
import { recordTypes } from '@countersign/core/ledger/record.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { partitionOf, topicOf } from '@countersign/core/ledger/topics.ts';
import { systemHash } from '../process/system.ts';
import { maxRecordBytes } from './ledger-batch.ts';
import { ledgerSchema } from './ledger-schema.ts';

/** The document is a contract with whoever writes another verifier: what it says is checked against what we do. */
const document = fs.readFileSync(new URL('../../docs/ledger-format.md', import.meta.url), 'utf8');

/** Cells of every table row whose last or first cell matches. */
function tableRows(pattern: RegExp): readonly (readonly string[])[] {
  return document
    .split('\n')
    .filter((line) => line.startsWith('| ') && pattern.test(line))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
}
function names(cell: string | undefined): readonly string[] {
  return [...(cell ?? '').matchAll(/`([\w.]+)`/g)].map(([, name]) => name ?? '');
}

test('the schema is in the document to the letter', () => {
  for (const statement of ledgerSchema) assert.ok(document.includes(`\n${statement}\n`), statement);
});

test('the test vector is a chain, and its leaves are right', () => {
  const lines = document.split('\n');
  const first = lines.findIndex((line) => line.startsWith('{"chain":{"ledger":"proc'));
  const [opened = '', openedLeaf = '', denied = '', deniedLeaf = ''] = lines.slice(first, first + 4);
  for (const [text, leaf] of [
    [opened, openedLeaf],
    [denied, deniedLeaf],
  ] as const) {
    const value = new TextEncoder().encode(text);
    assert.equal(Buffer.from(leafOf(systemHash, value)).toString('hex'), leaf);
    const record = parseStoredRecord(value);
    assert.ok(record.ok);
    assert.ok(text.startsWith(chainHead(record.value.chain)));
  }
  assert.equal(JSON.parse(denied).chain.prev, Buffer.from(openedLeaf, 'hex').toString('base64url'));
});

test('every record type is in the table of topics, under its own', () => {
  const topicOfName = new Map(
    tableRows(/`(events|payloads|approvals|admin)` \|$/).flatMap(([types, topic]) =>
      names(types).map((type) => [type, names(topic)[0]]),
    ),
  );
  assert.deepEqual([...topicOfName].toSorted(), recordTypes.map((type) => [type, topicOf(type)]).toSorted());
});

test('every reason of a finding is in the table of kinds, with its exit code', () => {
  const rows = tableRows(/^\| (fork|altered|gap|index|unreadable|not closed) \| \d+ \|/);
  const listed = rows.flatMap(([kind, exitCode, reasons]) =>
    names(reasons).map((reason) => [reason, kind?.replace(' ', '_'), Number(exitCode)]),
  );
  const known = Object.entries(findingReasons).map(([reason, { kind }]) => [reason, kind, exitCodeOfReason(reason)]);
  assert.deepEqual(listed.toSorted(), known.toSorted());
});

function exitCodeOfReason(name: string): number {
  const reason = Object.keys(findingReasons).find((known): known is FindingReason => known === name);
  return reason === undefined ? -1 : exitCodeOf([{ ledger: '', reason }]);
}

test('the example of a partition and the size limit are ours', () => {
  const ledger = 'proc-service/p1/01M83J0W0H30MWCECSPZBBG566';
  assert.ok(
    document.includes(`\`${ledger}\` with 12 partitions is in\npartition ${partitionOf(ledger, 'events', 12)}.`),
  );
  assert.ok(document.includes(`at most ${maxRecordBytes.toLocaleString('en')} bytes`));
});
