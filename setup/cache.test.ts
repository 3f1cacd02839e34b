import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { discard, fillOnce } from './cache.mjs';

function emptyCache(t: TestContext): string {
  const cache = mkdtempSync(join(tmpdir(), 'countersign-cache-'));
  t.after(() => rmSync(cache, { recursive: true, force: true }));
  return join(cache, 'cache');
}

const write = (text: string) => async (partial: string) => writeFileSync(join(partial, 'tool'), text);

test('a folder appears whole, and is not filled a second time', async (t) => {
  const tool = join(emptyCache(t), 'tool-1');
  await fillOnce(tool, async (partial) => {
    assert.equal(existsSync(tool), false, 'not there while it is being filled');
    await write('first')(partial);
  });
  await fillOnce(tool, write('second'));
  assert.equal(readFileSync(join(tool, 'tool'), 'utf8'), 'first');
});

test('a failed filling leaves nothing behind, and the next one succeeds', async (t) => {
  const cache = emptyCache(t);
  const tool = join(cache, 'tool-1');
  await assert.rejects(
    fillOnce(tool, async (partial) => {
      await write('half')(partial);
      throw new Error('interrupted');
    }),
    /interrupted/,
  );
  assert.deepEqual(readdirSync(cache), []);
  await fillOnce(tool, write('whole'));
  assert.equal(readFileSync(join(tool, 'tool'), 'utf8'), 'whole');
});

test('of two fillings at once the first to finish stays, and nobody fails', async (t) => {
  const cache = emptyCache(t);
  const tool = join(cache, 'tool-1');
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = fillOnce(tool, async (partial) => {
    await gate;
    await write('slow')(partial);
  });
  await fillOnce(tool, write('fast'));
  release();
  await slow;
  assert.equal(readFileSync(join(tool, 'tool'), 'utf8'), 'fast');
  assert.deepEqual(readdirSync(cache), ['tool-1']);
});

test('what a killed set-up left is removed after a day, not before: somebody may be filling it', async (t) => {
  const cache = emptyCache(t);
  const [old, recent] = [join(cache, '.tmp-tool-1-old'), join(cache, '.tmp-tool-1-new')];
  for (const path of [old, recent]) mkdirSync(path, { recursive: true });
  const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
  utimesSync(old, twoDaysAgo, twoDaysAgo);
  await fillOnce(join(cache, 'tool-1'), write('x'));
  assert.deepEqual(readdirSync(cache).sort(), ['.tmp-tool-1-new', 'tool-1']);
});

test('a broken folder can be discarded; one that is gone already is no error', (t) => {
  const cache = emptyCache(t);
  const tool = join(cache, 'tool-1');
  mkdirSync(tool, { recursive: true });
  discard(tool);
  discard(tool);
  assert.deepEqual(readdirSync(cache), []);
});
