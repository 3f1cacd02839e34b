import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import createWabt from 'wabt';
import { assembled } from './table-walk.ts';

it('what runs is what table-walk.wat says', async () => {
  const text = readFileSync(new URL('table-walk.wat', import.meta.url), 'utf8');
  const wabt = await createWabt();
  const { buffer } = wabt.parseWat('table-walk.wat', text).toBinary({});
  assert.equal(Buffer.from(buffer).toString('base64'), assembled);
});
