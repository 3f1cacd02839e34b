import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testHash as hash, testSigner } from '../hash.testing.ts';
import { type Certificate, certificateHash, certificateText, noPrevious, parseCertificate } from './certificate.ts';
import { checkpointText, parseCheckpoint } from './checkpoint.ts';
import { formatNoteKey } from './note.ts';

const ledger = 'proc-service/p1/01M83J0V1F841W12H22PCQPV63';
const note = (text: string) => ({ text, signatures: [] });
const text = checkpointText(ledger, 3, new Uint8Array(32));

const certificate: Certificate = {
  ledger,
  counter: 7,
  previous: noPrevious,
  time: '2026-01-02T03:04:05.678Z',
  key: testSigner(ledger).key,
  issuer: testSigner('countersign/ledger').key,
};
const certified = certificateText(hash, certificate);

test('a checkpoint is three lines, and comes back as it was written', () => {
  assert.equal(text, `${ledger}\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n`);
  assert.deepEqual(parseCheckpoint(note(text)), {
    ledger,
    size: 3,
    root: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  });
});

for (const [what, wrong] of [
  ['an extension line', `${text}more\n`],
  ['a size with a zero before', text.replace('\n3\n', '\n03\n')],
  ['a size with a sign', text.replace('\n3\n', '\n-3\n')],
  ['a size that is no safe integer', text.replace('\n3\n', '\n9007199254740993\n')],
  ['a short root', text.replace('AAAA=', '=')],
  ['a root without padding', text.replace('=', '')],
  ['no origin', text.replace(ledger, '')],
  ['no last line', text.trimEnd()],
  ['a certificate', certified],
] as const) {
  test(`not a checkpoint: ${what}`, () => {
    assert.equal(parseCheckpoint(note(wrong)), undefined);
  });
}

test('a certificate comes back as it was written', () => {
  assert.deepEqual(parseCertificate(hash, note(certified)), certificate);
  assert.notEqual(certificateHash(hash, certified), noPrevious);
});

for (const [what, wrong] of [
  ['another version', certified.replace('v1', 'v2')],
  ['another ledger than its key is named after', certified.replace(`\n${ledger}\n`, '\nproc-service/p2/x\n')],
  ['a counter with a zero before', certified.replace('\n7\n', '\n07\n')],
  ['a short hash', certified.replace('AAAA', '')],
  ['a time without milliseconds', certified.replace('.678', '')],
  ['a key that is none', certified.replace(formatNoteKey(hash, certificate.key), 'key')],
  ['an issuer that is none', certified.replace(formatNoteKey(hash, certificate.issuer), 'issuer')],
  ['one more line', `${certified}more\n`],
  ['a checkpoint', text],
] as const) {
  test(`not a certificate: ${what}`, () => {
    assert.equal(parseCertificate(hash, note(wrong)), undefined);
  });
}
