import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCodec } from '@countersign/adapters/zlib/codec.ts';
import { acceptable } from './accept-encoding.ts';

for (const [accepted, asked] of [
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip', 'gzip'],
  ['GZIP , br;q=0.5', 'gzip, br;q=0.5'],
  ['gzip, deflate, br, zstd', 'gzip, deflate, br, zstd'],
  ['compress, dcb, gzip', 'gzip'],
  ['gzip;q=0', 'identity'],
  ['gzip;q=0.000, br;q=1.000', 'br'],
  ['gzip;q=7', 'identity'],
  ['gzip;q=nan', 'identity'],
  ['*', 'gzip'],
  ['*;q=0', 'identity'],
  ['*;q=0.2, gzip;q=0', 'identity'],
  ['identity;q=0.5, br', 'br'],
  ['gzip, gzip;q=0', 'gzip'],
  ['gzip\r\nx: y', 'identity'],
] as const) {
  test(`accept-encoding ${accepted === undefined ? 'absent' : JSON.stringify(accepted)}: the model is asked for ${asked}`, () => {
    assert.equal(acceptable(accepted, createCodec()), asked);
  });
}
