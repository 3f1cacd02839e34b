import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { toBase64Url } from '@countersign/core/base64.ts';
import { chainHead, firstPrev, leafOf } from '@countersign/core/ledger/chain.ts';
import { exitCodeOf, type FindingReason, findingReasons } from '@countersign/core/ledger/findings.ts';
import { certificateHash, certificateText, noPrevious } from '@countersign/core/ledger/notes/certificate.ts';
import { checkpointText } from '@countersign/core/ledger/notes/checkpoint.ts';
import { writeNote } from '@countersign/core/ledger/notes/note.ts';
import { recordTypes } from '@countersign/core/ledger/record.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { partitionOf, topicOf } from '@countersign/core/ledger/topics.ts';
import { appendLeaves, emptyTree, rootOf } from '@countersign/core/ledger/tree/compact-tree.ts';
import { privateKeyOf, publicBytesOf, signEd25519 } from '../keys/ed25519.ts';
import { ledgerKeyForTests } from '../keys/test/ledger-key.ts';
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

/** The lines of the code block that begins with `start`. */
function blockOf(start: string): readonly string[] {
  const lines = document.split('\n');
  const from = lines.findIndex((line) => line.startsWith(start));
  return lines.slice(from, lines.indexOf('```', from));
}
const vectorLedger = 'proc-service/p1/01M83J0V1F841W12H22PCQPV63';
const vectorLines = blockOf('{"chain":{"ledger":"proc');
const vectorLeaves = vectorLines.filter((_, index) => index % 2 === 1).map((line) => Buffer.from(line, 'hex'));

test('the test vector is a chain, and its leaves and roots are right', () => {
  const values = vectorLines.filter((_, index) => index % 2 === 0);
  assert.equal(values.length, 3);
  let prev = firstPrev;
  for (const [index, text] of values.entries()) {
    const value = new TextEncoder().encode(text);
    const leaf = leafOf(systemHash, value);
    assert.deepEqual(leaf, vectorLeaves[index]);
    const record = parseStoredRecord(value);
    assert.ok(record.ok);
    assert.ok(text.startsWith(chainHead(record.value.chain)));
    assert.equal(record.value.chain.prev, prev);
    prev = toBase64Url(leaf);
  }
  const roots = [1, 2, 3].map((size) =>
    rootOf(systemHash, appendLeaves(systemHash, emptyTree, vectorLeaves.slice(0, size))),
  );
  assert.deepEqual(
    blockOf('39fe5f01').toSpliced(0, 0, vectorLines[1] ?? ''),
    roots.map((root) => Buffer.from(root).toString('hex')),
  );
});

test('the notes of the test vector are what our keys sign', async () => {
  const run = privateKeyOf(Buffer.alloc(32, 2));
  const key = { name: vectorLedger, publicKey: publicBytesOf(run) };
  const issuer = ledgerKeyForTests.key;
  const time = '2026-01-02T03:04:05.678Z';
  const certificate = certificateText(systemHash, {
    ledger: vectorLedger,
    counter: 0,
    previous: noPrevious,
    time,
    key,
    issuer,
  });
  const certified = writeNote(systemHash, certificate, issuer, await ledgerKeyForTests.sign(Buffer.from(certificate)));
  assert.ok(document.includes(`\n\`\`\`text\n${certified}\`\`\`\n`), certified);
  const root = rootOf(systemHash, appendLeaves(systemHash, emptyTree, vectorLeaves));
  const tip = checkpointText(vectorLedger, 3, root);
  const signed = writeNote(systemHash, tip, key, signEd25519(run, Buffer.from(tip)));
  assert.ok(document.includes(`\n\`\`\`text\n${signed}\`\`\`\n`), signed);
  assert.ok(document.includes(`\`${certificateHash(systemHash, certificate)}\``));
  assert.ok(document.includes(`"root":"${toBase64Url(root)}"`));
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
  const rows = tableRows(/^\| (fork|signature|altered|gap|index|unreadable|not closed) \| \d+ \|/);
  const listed = rows.flatMap(([kind, exitCode, reasons]) =>
    names(reasons)
      .filter((reason) => !isOfPacks(reason))
      .map((reason) => [reason, kind?.replace(' ', '_'), Number(exitCode)]),
  );
  const known = Object.entries(findingReasons).map(([reason, { kind }]) => [reason, kind, exitCodeOfReason(reason)]);
  assert.deepEqual(listed.toSorted(), known.toSorted());
});

/** What only `verify.py --pack` finds. */
const isOfPacks = (reason: string): boolean => /^(pack|sample)_/.test(reason);

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
