import assert from 'node:assert/strict';
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createKey } from '@countersign/adapters/keys/key-file.ts';
import { createKeyedDigest } from '@countersign/adapters/keys/keyed-digest.ts';
import { createReplacements } from '@countersign/adapters/replacements/replacements.ts';
import { auditLedgers } from '@countersign/adapters/sqlite/ledger-audit.ts';
import { rowsOf } from '@countersign/adapters/sqlite/test/ledgers.ts';
import { countersignWith } from '../test/countersign.ts';
import { readConfiguration, UsageError } from '../up/configuration.ts';
import { revealToken } from './reveal.ts';

function stage(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-reveal-'));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'countersign.yaml'), 'issuers: [{ issuer: "https://idp.bank.test", audience: a }]\n');
  for (const folder of ['keys', 'ledger']) mkdirSync(join(directory, folder), { mode: 0o700 });
  const masking = createKey(join(directory, 'keys/masking.key'));
  const digest = createKey(join(directory, 'keys/digest.key'));
  createKey(join(directory, 'keys/ledger.key'));
  const ledger = join(directory, 'ledger');
  return {
    directory,
    ledger,
    configuration: readConfiguration(directory),
    token: createReplacements(masking).replace('tokenize', 'us_ssn', '123-45-6789'),
    digestOf: (text: string) => Buffer.from(createKeyedDigest(digest).digest(Buffer.from(text))).toString('base64url'),
    revealed: () =>
      globSync(join(ledger, 'cli/*/*.db'))
        .sort()
        .flatMap((file) => rowsOf(file))
        .filter(({ type }) => type === 'payload.revealed')
        .map(({ value }) => JSON.parse(value).data),
  };
}
const reason = 'case 4711, asked by the customer';

test('a token is turned back, and the ledger says of what, by whom and why; neither token nor value is in it', async (t) => {
  const { configuration, token, ledger, revealed, digestOf } = stage(t);
  for (const count of [1, 2]) {
    assert.equal(await revealToken({ entity: 'us_ssn', token, reason }, configuration), '123-45-6789');
    assert.equal(revealed().length, count);
  }
  const [{ operator, key, ...rest }] = revealed();
  assert.deepEqual(rest, { what: 'token', entity: 'us_ssn', token: digestOf(token), reason });
  assert.match(key, /^[0-9a-f]{16}$/);
  assert.equal(typeof operator.user, 'string');
  assert.equal(auditLedgers(ledger, () => undefined).exitCode, 0);
  for (const file of globSync(join(ledger, '**/*.db*'))) {
    const bytes = readFileSync(file, 'latin1');
    assert.ok(!bytes.includes(token) && !bytes.includes('123-45-6789'), file);
  }
});

test('what can be no token is not revealed, and not recorded', async (t) => {
  const { configuration, revealed } = stage(t);
  for (const [entity, token] of [
    ['pin', '12345'],
    ['credit_card', '4111 1111 1111 1111'],
    ['email', 'jörg@bank.example'],
  ] as const) {
    assert.equal(await revealToken({ entity, token, reason }, configuration), undefined);
  }
  assert.deepEqual(revealed(), []);
});

test('without a reason, a key, or a ledger nothing is revealed', async (t) => {
  const { configuration, token, directory, ledger, revealed } = stage(t);
  const refusal = async (why = reason) => {
    const result = revealToken({ entity: 'us_ssn', token, reason: why }, configuration);
    return result.then(
      (value) => assert.fail(value),
      (error: unknown) => (error instanceof UsageError ? error.message : assert.fail(String(error))),
    );
  };
  assert.equal(await refusal('  '), '--reason: reason too short');
  chmodSync(join(directory, 'keys/masking.key'), 0o644);
  assert.match(await refusal(), /masking\.key: mode is 0644/);
  chmodSync(join(directory, 'keys/masking.key'), 0o600);
  assert.deepEqual(revealed(), []);
  rmSync(ledger, { recursive: true });
  assert.match(await refusal(), /ledger does not exist: what is in no ledger is not done/);
  writeFileSync(ledger, '');
  await assert.rejects(revealToken({ entity: 'us_ssn', token, reason }, configuration));
});

test('countersign token reveal reads the token from standard input', async (t) => {
  const { directory, token } = stage(t);
  const args = ['token', 'reveal', '--config', directory, '--entity', 'us_ssn', '--reason', reason];
  assert.deepEqual(await countersignWith(`${token}\n`, ...args), { status: 0, stdout: '123-45-6789\n', stderr: '' });
  const two = await countersignWith(`${token}\n${token}\n`, ...args);
  assert.deepEqual([two.status, two.stdout, two.stderr], [2, '', 'one token, on standard input\n']);
  const none = await countersignWith('12-3\n', ...args);
  assert.deepEqual([none.status, none.stdout, none.stderr], [1, '', 'no token of us_ssn\n']);
});
