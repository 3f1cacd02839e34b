import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runs } from '../../masking/seeded-runs.testing.ts';
import { testHash as hash, testSignatures as signatures, testSigner } from '../hash.testing.ts';
import { formatNoteKey, isSignedBy, type Note, parseNote, parseNoteKey, writeNote } from './note.ts';

const ports = { hash, signatures };

/** From the documentation of Go's golang.org/x/mod/sumdb/note, where the format comes from. */
const neumannKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const neumannNote = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

const signer = testSigner('proc-service/p1/01M83J0V1F841W12H22PCQPV63');
const noteOf = (text: string): string => writeNote(hash, text, signer.key, signer.sign(text));

function parsed(note: string): Note {
  const read = parseNote(note);
  assert.ok(read, note);
  return read;
}

test('a note that another implementation signed is read and verified, with its key', () => {
  const key = parseNoteKey(hash, neumannKey);
  assert.ok(key);
  assert.equal(formatNoteKey(hash, key), neumannKey);
  assert.ok(isSignedBy(ports, parsed(neumannNote), key));
  assert.ok(!isSignedBy(ports, parsed(neumannNote.replace('problem is', 'problem was')), key));
});

test('the example of the specification is read: the text may have empty lines of its own', () => {
  const { text, signatures: claims } = parsed(
    'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n',
  );
  assert.ok(text.endsWith('sera.\n'));
  assert.deepEqual(
    claims.map(({ name }) => name),
    ['quasimodo.example/salvatore'],
  );
});

test('a signature counts for its own key alone, and one bad claim of a known key spoils the note', () => {
  const note = noteOf('size\n');
  const other = testSigner(signer.key.name);
  assert.ok(isSignedBy(ports, parsed(note), signer.key));
  assert.ok(!isSignedBy(ports, parsed(note), other.key));
  const forged = writeNote(hash, 'size\n', signer.key, new Uint8Array(64)).slice('size\n\n'.length);
  assert.ok(!isSignedBy(ports, parsed(note + forged), signer.key));
  const unknown = writeNote(hash, 'size\n', other.key, new Uint8Array(64)).slice('size\n\n'.length);
  assert.ok(isSignedBy(ports, parsed(note + unknown), signer.key), 'unknown keys are ignored');
});

const line = noteOf('a\n').slice('a\n\n'.length);
for (const [what, note] of [
  ['no signature', 'a\n\n'],
  ['no empty line', `a\n${line}`],
  ['no text', `\n\n${line}`.slice(1)],
  ['no last newline', noteOf('a\n').slice(0, -1)],
  ['a hyphen for the dash', noteOf('a\n').replace('—', '-')],
  ['two spaces', noteOf('a\n').replace('— ', '—  ')],
  ['a tab', noteOf('a\tb\n')],
  ['a carriage return', noteOf('a\r\n')],
  [
    'padding that is missing',
    noteOf('a\n')
      .replace(/=*\n$/, '\n')
      .replace(/(.)\n$/, '\n'),
  ],
  ['base64url', noteOf('a\n').replace(/ \S+\n$/, ' ____\n')],
  ['only a key id', noteOf('a\n').replace(/ \S+\n$/, ' AAAAAA==\n')],
  ['a lone surrogate', noteOf('a\ud800\n')],
  ['seventeen signatures', `a\n\n${line.repeat(17)}`],
  ['a text of 6,000 characters of three bytes', noteOf(`${'€'.repeat(6_000)}\n`)],
  ['a name of 257 characters', noteOf('a\n').replace(signer.key.name, 'n'.repeat(257))],
  ['a name with a byte order mark', noteOf('a\n').replace('— p', '— \ufeffp')],
  ['a text of 17 KB', noteOf(`${'a'.repeat(17_000)}\n`)],
] as const) {
  test(`not a note: ${what}`, () => {
    assert.equal(parseNote(note), undefined);
  });
}

for (const [what, key] of [
  ['another key id', neumannKey.replace('c74f20a3', 'c74f20a4')],
  ['upper case', neumannKey.replace('c74f20a3', 'C74F20A3')],
  ['another name', neumannKey.replace('Peter', 'Petra')],
  ['another algorithm', neumannKey.replace('+AR', '+BR')],
  ['a space before', ` ${neumannKey}`],
  ['a line after', `${neumannKey}\n`],
] as const) {
  test(`not a key: ${what}`, () => {
    assert.equal(parseNoteKey(hash, key), undefined);
  });
}

test('any character of a note that becomes another one is no longer signed', (t) => {
  const note = noteOf('proc-service/p1/01M83J0V1F841W12H22PCQPV63\n17\nAAAA\n');
  fc.assert(
    fc.property(fc.nat(note.length - 1), fc.string({ minLength: 0, maxLength: 1 }), (at, letter) => {
      fc.pre(note[at] !== letter);
      const read = parseNote(note.slice(0, at) + letter + note.slice(at + 1));
      assert.ok(read === undefined || !isSignedBy(ports, read, signer.key));
    }),
    runs(t, 300),
  );
});
