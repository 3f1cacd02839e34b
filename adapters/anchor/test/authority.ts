/** A time-stamping authority of a test: OpenSSL's, behind HTTP. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

export const skipWithoutOpenssl =
  spawnSync('openssl', ['version']).status === 0 ? false : 'no openssl here: apt-get install -y openssl';

export interface Authority {
  readonly url: string;
  /** File with the root that vouches for it. */
  readonly ca: string;
  /** Root of another authority. */
  readonly otherCa: string;
  /** What it does with an answer before it sends it. */
  spoil: ((answer: Buffer) => Buffer) | undefined;
  /** The same statement, signed with a certificate of the same root that is for something else. */
  signedByAnother(answer: Buffer): Buffer;
  /** How many it was asked for. */
  asked: number;
}

const configuration = (folder: string): string => `
[tsa]
default_tsa = test
[test]
serial = ${folder}/serial
signer_cert = ${folder}/tsa.pem
signer_key = ${folder}/tsa.key
certs = ${folder}/ca.pem
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
accuracy = secs:1
[signer]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[another]
extendedKeyUsage = critical,clientAuth
keyUsage = critical,digitalSignature
`;

export async function startAuthority(t: TestContext): Promise<Authority> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-tsa-'));
  const at = (name: string): string => path.join(folder, name);
  const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  fs.writeFileSync(at('tsa.cnf'), configuration(folder));
  fs.writeFileSync(at('serial'), '01\n');
  for (const name of ['ca', 'other']) {
    openssl('req', '-x509', ...newKey, '-keyout', at(`${name}.key`), '-out', at(`${name}.pem`), '-subj', `/CN=${name}`);
  }
  for (const [name, extensions] of [
    ['tsa', 'signer'],
    ['another', 'another'],
  ] as const) {
    openssl('req', ...newKey, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', `/CN=${name}`);
    const issuer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'];
    const purpose = ['-extfile', at('tsa.cnf'), '-extensions', extensions];
    openssl('x509', '-req', '-in', at(`${name}.csr`), ...issuer, ...purpose, '-out', at(`${name}.pem`));
  }

  const signedByAnother = (answer: Buffer): Buffer => {
    fs.writeFileSync(at('answer'), answer);
    openssl('ts', '-reply', '-in', at('answer'), '-token_out', '-out', at('token'));
    openssl('cms', '-verify', '-noverify', '-inform', 'DER', '-in', at('token'), '-out', at('statement'));
    const signer = ['-signer', at('another.pem'), '-inkey', at('another.key'), '-certfile', at('ca.pem')];
    const shape = ['-binary', '-nodetach', '-outform', 'DER', '-econtent_type', '1.2.840.113549.1.9.16.1.4'];
    openssl('cms', '-sign', ...shape, ...signer, '-in', at('statement'), '-out', at('token'));
    return response(fs.readFileSync(at('token')));
  };
  const places = { ca: at('ca.pem'), otherCa: at('other.pem') };
  const authority: Authority = { url: '', ...places, spoil: undefined, signedByAnother, asked: 0 };
  const server = createServer(async (request, reply) => {
    authority.asked++;
    fs.writeFileSync(at('query'), await buffer(request));
    openssl('ts', '-reply', '-config', at('tsa.cnf'), '-queryfile', at('query'), '-out', at('answer'));
    const answer = fs.readFileSync(at('answer'));
    reply.end(authority.spoil?.(answer) ?? answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    fs.rmSync(folder, { recursive: true });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return Object.assign(authority, { url: `http://127.0.0.1:${address.port}/tsr` });
}

/** TimeStampResp: granted, and a token. DER with lengths of two bytes. */
function response(token: Buffer): Buffer {
  const granted = Buffer.from('3003020100', 'hex');
  const header = Buffer.from('30820000', 'hex');
  header.writeUInt16BE(granted.length + token.length, 2);
  return Buffer.concat([header, granted, token]);
}
