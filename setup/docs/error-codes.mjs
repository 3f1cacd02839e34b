/** Every ERR_ code that the product can answer with stands in docs/errors.md, and nothing stands there that it cannot. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { filesBelow } from '../files.mjs';

const reference = 'docs/errors.md';
const codePattern = /\bERR_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g;

/** Codes of Node, OpenSSL and jose that the source compares with. They are not ours to explain. */
const foreign =
  /^ERR_(?:ENCODING|HTTP2|HTTP|INVALID|JOSE|JWE|JWK|JWKS|JWS|JWT|MODULE|OSSL|OUT_OF|PARSE_ARGS|SCRIPT|SERVER|SOCKET|SQLITE|SSL|STREAM|TLS|UNSUPPORTED|ZLIB)_/;

/** @param {string} root @returns {Promise<readonly string[]>} */
export async function codeProblems(root) {
  const used = await codesInSource(root);
  const path = join(root, reference);
  if (!existsSync(path)) {
    return used.size === 0 ? [] : [`${reference}: is missing; ${used.size} error codes are explained nowhere`];
  }
  const explained = new Set((await readFile(path, 'utf8')).match(codePattern));
  return [
    ...[...used]
      .filter(([code]) => !explained.has(code))
      .map(([code, where]) => `${where}: ${code} is not in ${reference}`),
    ...[...explained].filter((code) => !used.has(code)).map((code) => `${reference}: ${code} is used nowhere`),
  ];
}

/** Codes as string literals, each with the first place it stands. @param {string} root @returns {Promise<Map<string, string>>} */
async function codesInSource(root) {
  /** @type {Map<string, string>} */
  const codes = new Map();
  const sources = filesBelow(root, ['.ts']).filter((path) => !path.endsWith('.test.ts') && !path.endsWith('.d.ts'));
  for (const path of sources) {
    const text = await readFile(path, 'utf8');
    for (const match of text.matchAll(/(['"`])(ERR_[A-Z0-9_]+)\1|\b(ERR_[A-Z0-9_]+)\s*:/g)) {
      const code = match[2] ?? match[3] ?? '';
      const line = text.slice(0, match.index).split('\n').length;
      if (!codes.has(code) && !foreign.test(code) && !code.endsWith('_'))
        codes.set(code, `${relative(root, path)}:${line}`);
    }
  }
  return codes;
}
