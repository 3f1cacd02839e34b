import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { countersignWith } from '../test/countersign.ts';

describe('countersign mask', () => {
  it('masks standard input to standard output, a line of JSON for each', async () => {
    const { status, stdout, stderr } = await countersignWith('{"i":1,"text":"ssn 123-45-6789"}\n', 'mask', '--jsonl');
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(stdout, '{"i":1,"text":"ssn ***-**-****","spans":[[4,15,"US_SSN"]]}\n');
  });

  it('exits 2 for an option that does not exist', async () => {
    const { status, stderr } = await countersignWith('', 'mask', '--profil', 'x');
    assert.match(stderr, /unknown option '--profil'/);
    assert.equal(status, 2);
  });

  it('writes what is safe before its input ends, and ends quietly when its reader goes away', async () => {
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, 'mask']);
    const stderr: string[] = [];
    child.stderr.on('data', (part) => stderr.push(String(part)));
    child.stdin.on('error', () => undefined);
    child.stdin.write('SSN 123-45-6789, and more. ');
    const [first] = await once(child.stdout, 'data');
    assert.match(String(first), /^SSN \*\*\*-\*\*-\*\*\*\*/);
    child.stdout.destroy();
    const feed = setInterval(() => child.stdin.write('more and more. '.repeat(5000)), 10);
    const [status] = await once(child, 'exit');
    clearInterval(feed);
    assert.deepEqual([status, stderr.join('')], [0, '']);
  });
});
