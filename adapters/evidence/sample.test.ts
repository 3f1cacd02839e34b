import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { leafOf } from '@countersign/core/ledger/chain.ts';
import { parseCheckpoint } from '@countersign/core/ledger/notes/checkpoint.ts';
import { exactBase64, parseNote } from '@countersign/core/ledger/notes/note.ts';
import { verifyInclusion } from '@countersign/core/ledger/tree/proofs.ts';
import { createFolderAnchor } from '../anchor/folder.ts';
import { openAnchorFolder } from '../anchor/folder-reader.ts';
import { ledgerKeyForTests } from '../keys/test/ledger-key.ts';
import { bundleSources } from '../sqlite/bundle-sources.ts';
import { auditSources } from '../sqlite/ledger-audit.ts';
import { oneShotHash } from '../sqlite/one-shot-hash.ts';
import { ledgerFolder, open } from '../sqlite/test/ledgers.ts';
import { type Gathered, gather } from './gather.ts';
import {
  approvalId,
  approved,
  everything,
  gathered,
  optionsFor,
  record,
  scored,
  sessionOf,
  written,
} from './population.testing.ts';

interface SampledFile {
  readonly v: number;
  readonly session: string;
  readonly checkpoints: readonly { readonly ledger: string; readonly note: string }[];
  readonly records: readonly {
    readonly ledger: string;
    readonly seq: number;
    readonly value: string;
    readonly proof: readonly string[];
  }[];
}

const drawn = ({ report }: Gathered): readonly string[] =>
  report.parts.flatMap(({ timelines }) => timelines).map(({ session }) => session);

function contentOf({ files }: Gathered, wanted: string): string {
  for (const { name, content } of files()) {
    if (name === wanted) return Buffer.concat([...content()].map((piece) => Buffer.from(piece))).toString();
  }
  throw new Error(`no file ${wanted}`);
}

const sampleOf = (pack: Gathered, session: string): SampledFile =>
  JSON.parse(contentOf(pack, `sample/${session}.json`));

/** Every record by its proof alone, as somebody else would. */
function verify({ checkpoints, records }: SampledFile): readonly boolean[] {
  return records.map(({ ledger, seq, value, proof }) => {
    const note = parseNote(checkpoints.find((each) => each.ledger === ledger)?.note);
    const checkpoint = note && parseCheckpoint(note);
    assert.equal(checkpoint?.ledger, ledger);
    const root = exactBase64(checkpoint.root) ?? Buffer.alloc(0);
    const leaf = leafOf(oneShotHash, Buffer.from(value));
    const nodes = proof.map((node) => exactBase64(node) ?? Buffer.alloc(0));
    return verifyInclusion(oneShotHash, { leaf, index: seq, size: checkpoint.size, root }, nodes);
  });
}

const several = Array.from({ length: 12 }, (_, n) => n);

test('the sample is drawn by the seed: the same in whatever order sessions were recorded, and anybody can draw it', async (t) => {
  const forward = await gathered(
    t,
    await written(
      t,
      several.flatMap((n) => scored(n)),
    ),
    { sample: 4 },
  );
  const backward = await gathered(
    t,
    await written(
      t,
      several.toReversed().flatMap((n) => scored(n)),
    ),
    { sample: 4 },
  );
  const other = await gathered(
    t,
    await written(
      t,
      several.flatMap((n) => scored(n)),
    ),
    { sample: 4, seed: 'autumn' },
  );
  const rank = (session: string): string => createHash('sha256').update(`spring${session}`).digest('hex');
  const expected = several.map(sessionOf).toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  assert.deepEqual(drawn(forward), expected.slice(0, 4));
  assert.deepEqual(drawn(backward), expected.slice(0, 4));
  assert.notDeepEqual(drawn(other), drawn(forward));
});

test('each record of the sample is proven by what is in its file; a changed byte is not', async (t) => {
  const pack = await gathered(t, await written(t, everything), { sample: 10 });
  assert.equal(drawn(pack).length, 4);
  for (const { session, steps, file } of pack.report.parts.flatMap(({ timelines }) => timelines)) {
    assert.equal(file, `sample/${session}.json`);
    const sampled = sampleOf(pack, session);
    assert.deepEqual([sampled.v, sampled.session, sampled.records.length], [1, session, steps.length]);
    assert.ok(verify(sampled).every((isProven) => isProven));
    assert.ok(steps.every(({ proven }) => proven));
    const altered = sampled.records.map((each) => ({ ...each, value: each.value.replace('"v":1', '"v":2') }));
    assert.ok(verify({ ...sampled, records: altered }).every((isProven) => !isProven));
  }
});

test('a timeline has what was asked and decided of an approval that an earlier call asked for, and who opened its payload', async (t) => {
  const [asked, decided, consumed, ...rest] = approved(4);
  assert.ok(asked && decided && consumed);
  const earlier = sessionOf(3);
  const drafts = [
    { ...asked, session: earlier },
    { ...decided, session: earlier },
    consumed,
    ...rest,
    record('payload.revealed', 70_000, { what: 'copy', session: sessionOf(4), reason: 'complaint', parts: 1 }),
  ];
  const { report } = await gathered(t, await written(t, drafts));
  const [timeline] = report.parts.flatMap(({ timelines }) => timelines);
  assert.deepEqual(
    timeline?.steps.map(({ type }) => type),
    [
      'approval.requested',
      'session.opened',
      'payload.part',
      'session.closed',
      'approval.decided',
      'approval.consumed',
      'payload.revealed',
    ],
  );
  assert.match(timeline?.says ?? '', /^completed, subject .*, endpoint credit-scoring/);
  assert.ok(
    report.parts.some(({ tables }) => tables.some(({ rows }) => [...rows()].some(([id]) => id === approvalId))),
  );
});

test('what was verified is in the pack: the records, the keys and the anchor, and they verify by themselves', async (t) => {
  const directory = ledgerFolder(t);
  const place = mkdtempSync(join(tmpdir(), 'countersign-anchor-'));
  t.after(() => rmSync(place, { recursive: true }));
  const kept = createFolderAnchor(join(place, 'anchor'));
  const ledger = await open(directory, { onPublished: (publication) => void kept.keep(publication) });
  await ledger.append(everything.filter(({ session }) => session !== sessionOf(9)));
  await ledger.close('done');
  const trust = { pinned: [ledgerKeyForTests.key], anchor: openAnchorFolder(join(place, 'anchor')) };
  const pack = await gathered(t, directory, { trust });
  const bundle = join(place, 'records.jsonl');
  writeFileSync(bundle, contentOf(pack, 'records.jsonl'));
  assert.equal(auditSources(bundleSources(bundle), () => undefined, trust).exitCode, 0);
  const again = await gathered(t, directory, { trust, sources: () => bundleSources(bundle) });
  assert.equal(contentOf(again, 'records.jsonl'), contentOf(pack, 'records.jsonl'));
  assert.match(contentOf(pack, 'keys/ledger.vkey'), /^countersign\/ledger\+[0-9a-f]{8}\+\S+\n$/);
  const names = [...pack.files()].map(({ name }) => name);
  for (const name of names) assert.match(name, /^([A-Za-z0-9][A-Za-z0-9._-]*\/)*[A-Za-z0-9][A-Za-z0-9._-]*$/);
  const certificate = names.find((name) => name.endsWith('/certificate.note')) ?? '';
  assert.equal(contentOf(pack, certificate), readFileSync(join(place, certificate), 'utf8'));
});

test('a ledger that is being written is said to be so, and is no finding; what comes later is not in the pack', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.append([...scored(1), record('session.opened', 5, { subject: 'ana' }, sessionOf(2))]);
  const pack = await gathered(t, directory);
  await ledger.append(scored(3));
  await ledger.close('done');
  const [integrity, exceptions] = [pack.report.parts[1], pack.report.parts[11]];
  assert.match(integrity?.text.join(' ') ?? '', /1 of the ledgers were being written when their records were copied/);
  const rowsOf = (name: string): number =>
    [integrity, exceptions].flatMap((part) => part?.tables ?? []).find((table) => table.name === name)?.count ?? -1;
  assert.deepEqual(
    [rowsOf('integrity_findings'), rowsOf('unclosed_sessions'), rowsOf('sessions_under_way')],
    [0, 0, 1],
  );
  assert.doesNotMatch(contentOf(pack, 'records.jsonl'), new RegExp(sessionOf(3)));
});

test('what was temporary is gone when the pack is closed, and when nothing could be gathered', async (t) => {
  const directory = await written(t, everything);
  const before = process.env['TMPDIR'];
  const temporary = mkdtempSync(join(tmpdir(), 'countersign-tmp-'));
  process.env['TMPDIR'] = temporary;
  t.after(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(temporary, { recursive: true });
  });
  const pack = await gather(optionsFor(directory));
  const held = readdirSync(temporary);
  assert.equal(held.length, 1);
  assert.equal(statSync(join(temporary, String(held[0]), 'records.jsonl')).mode & 0o777, 0o600);
  await assert.rejects(gather({ ...optionsFor(directory), logs: [join(temporary, 'no.log')] }), /ENOENT/);
  assert.deepEqual(readdirSync(temporary), held);
  pack.close();
  assert.deepEqual(readdirSync(temporary), []);
});

test('10,000 sessions with more of sealed bodies than the heap has room for', async (t) => {
  const sealed = { box: 'A'.repeat(4000), enc: 'A'.repeat(43), key: 'a1b2c3d4e5f60718' };
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  const part = (n: number, direction: string) =>
    record('payload.part', n, { direction, part: 0, bytes: 3000, copy: sealed, patch: sealed }, sessionOf(n));
  for (let from = 0; from < sessions; from += 250) {
    const drafts = Array.from({ length: 250 }, (_, n) => [
      ...scored(from + n),
      part(from + n, 'request'),
      part(from + n, 'response'),
    ]);
    await ledger.append(drafts.flat());
  }
  await ledger.close('done');
  const counted = await gatherWithin(t, heapMib, directory);
  assert.equal(counted.sessions, sessions);
  assert.ok(counted.bytes > heapMib * 1024 * 1024 * 2);
});

const sessions = 10_000;
const heapMib = 72;

async function gatherWithin(t: TestContext, mib: number, directory: string) {
  const script = fileURLToPath(new URL('test/gather-folder.ts', import.meta.url));
  const child = spawn(process.execPath, [`--max-old-space-size=${mib}`, script, directory], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill());
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}
