import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WholeLines } from './whole-lines.ts';

test('however they are cut, all lines come out in order, and every byte', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', 'a\nb\nc', '')), (chunks) => {
      const lines = new WholeLines();
      let output = '';
      for (const chunk of chunks) {
        const whole = Buffer.from(lines.push(Buffer.from(chunk))).toString();
        assert.ok(whole === '' || whole.endsWith('\n'));
        output += whole;
      }
      const rest = Buffer.from(lines.rest()).toString();
      assert.equal(rest.length, lines.keptBytes);
      assert.ok(!rest.includes('\n'));
      assert.equal(output + rest, chunks.join(''));
    }),
  );
});
