import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { createFolderAnchor } from './folder.ts';
import { type Authority, skipWithoutOpenssl, startAuthority } from './test/authority.ts';
import { createTimestampAnchor } from './timestamp.ts';
import { readAuthorities, timestampRequest, verifyTimestamp } from './timestamp-token.ts';

const withOpenssl = { skip: skipWithoutOpenssl };
const ledger = 'proc-service/p1/01M83J0V1F841W12H22PCQPV63';
const publication = { ledger, size: 12, checkpoint: 'twelve\n', certificate: 'certified\n' };

function folderOf(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-anchor-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

const stampOf = (folder: string): string => path.join(folder, ledger, '0000000000000012.note.tsr');

async function refusal(t: TestContext, authority: Authority, ca = authority.ca): Promise<string> {
  const directory = folderOf(t);
  const anchor = await createTimestampAnchor({ url: authority.url, ca, directory });
  const kept = await anchor.keep(publication);
  assert.ok(!kept.ok);
  assert.equal(kept.error.code, 'ERR_ANCHOR_AWAY');
  assert.ok(!fs.existsSync(stampOf(directory)), 'nothing is kept of it');
  return kept.error.reason;
}

test('a checkpoint is stamped once, beside its note, and OpenSSL agrees that it is', withOpenssl, async (t) => {
  const directory = folderOf(t);
  const authority = await startAuthority(t);
  await createFolderAnchor(directory).keep(publication);
  const anchor = await createTimestampAnchor({ url: authority.url, ca: authority.ca, directory });
  for (let n = 0; n < 2; n++) assert.deepEqual(await anchor.keep(publication), { ok: true, value: undefined });
  assert.equal(authority.asked, 1);
  const note = path.join(directory, ledger, '0000000000000012.note');
  const args = ['ts', '-verify', '-data', note, '-in', stampOf(directory), '-CAfile', authority.ca];
  assert.match(execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' }), /Verification: OK/);
  fs.chmodSync(note, 0o644);
  fs.writeFileSync(note, 'thirteen\n');
  assert.notEqual(spawnSync('openssl', args).status, 0);
});

test('an authority that the given certificates do not vouch for is refused', withOpenssl, async (t) => {
  const authority = await startAuthority(t);
  assert.match(await refusal(t, authority, authority.otherCa), /certificate/);
});

test('a certificate that is not for time stamps stamps nothing, whoever vouches for it', withOpenssl, async (t) => {
  const authority = await startAuthority(t);
  authority.spoil = (answer) => authority.signedByAnother(answer);
  assert.match(await refusal(t, authority), /not for time stamps|signer's certificate/);
});

for (const [what, spoil] of [
  ['nothing', () => Buffer.alloc(0)],
  ['text', () => Buffer.from('busy')],
  ['an answer cut off', (answer: Buffer) => answer.subarray(0, -40)],
  ['a megabyte', () => Buffer.alloc(1024 * 1024)],
  ['a refusal', () => Buffer.from('30053003020102', 'hex')],
  ['a signature with one bit flipped', (answer: Buffer) => flipped(answer, answer.length - 3)],
] as const) {
  test(`an authority that answers ${what} is away`, withOpenssl, async (t) => {
    const authority = await startAuthority(t);
    authority.spoil = spoil;
    await refusal(t, authority);
  });
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

test('an answer to another question, or about another digest, is refused', withOpenssl, async (t) => {
  const authority = await startAuthority(t);
  const authorities = readAuthorities(fs.readFileSync(authority.ca, 'utf8'));
  const stamped = Buffer.from('twelve\n');
  const { query, nonce } = timestampRequest(stamped);
  const answered = await fetch(authority.url, { method: 'POST', body: Buffer.from(query) });
  const answer = new Uint8Array(await answered.arrayBuffer());
  const time = await verifyTimestamp(answer, { stamped, nonce, authorities });
  assert.ok(Math.abs(time.getTime() - Date.now()) < 60_000);
  const other = timestampRequest(stamped).nonce;
  await assert.rejects(verifyTimestamp(answer, { stamped, nonce: other, authorities }), /another question/);
  const otherNote = Buffer.from('thirteen\n');
  await assert.rejects(verifyTimestamp(answer, { stamped: otherNote, nonce, authorities }), /another digest/);
});

test(
  'a flipped byte of an answer is refused, unless it is in what no signature covers and nobody reads',
  withOpenssl,
  async (t) => {
    const authority = await startAuthority(t);
    const authorities = readAuthorities(fs.readFileSync(authority.ca, 'utf8'));
    const stamped = Buffer.from('twelve\n');
    const { query, nonce } = timestampRequest(stamped);
    const answered = await fetch(authority.url, { method: 'POST', body: Buffer.from(query) });
    const answer = Buffer.from(await answered.arrayBuffer());
    const time = await verifyTimestamp(answer, { stamped, nonce, authorities });
    for (let at = 0; at < answer.length; at += 7) {
      const outcome = await verifyTimestamp(flipped(answer, at), { stamped, nonce, authorities }).catch(
        () => undefined,
      );
      assert.ok(outcome === undefined || outcome.getTime() === time.getTime(), `byte ${at} moved the time`);
    }
  },
);

test('a file without a certificate vouches for nobody', async (t) => {
  const file = path.join(folderOf(t), 'ca.pem');
  fs.writeFileSync(file, 'no certificate');
  await assert.rejects(
    createTimestampAnchor({ url: 'http://127.0.0.1:9/', ca: file, directory: '/' }),
    /no certificate/,
  );
});
