import assert from 'node:assert/strict';
import { Transform } from 'node:stream';
import { it } from 'node:test';
import type { Format } from './formats.ts';
import { StreamDecoder } from './stream-decoder.ts';

it('a decompressor that hangs is given up when its time is over, and everything after that fails', async () => {
  const hanging: Format = {
    open: () => Object.assign(new Transform({ transform: () => undefined }), { bytesWritten: 0 }),
    whole: () => assert.fail(),
    stopsBehindFrames: false,
  };
  const decoder = new StreamDecoder(hanging, { maxBytes: 1024, maxRatio: 100 }, 20);
  await assert.rejects(
    decoder.push(Uint8Array.of(1), () => undefined),
    { code: 'ERR_CODING_TIME' },
  );
  await assert.rejects(
    decoder.push(Uint8Array.of(2), () => undefined),
    { code: 'ERR_CODING_TIME' },
  );
});
