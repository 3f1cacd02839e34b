/** What of a ProcessingRequest is refused or read in a way of its own, case by case. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { decodeProcessingRequest } from './process-request.ts';
import { WireError } from './protobuf-reader.ts';
import { namespace, nested, raw, text, varint } from './random-message.testing.ts';

const bytesOf = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);
const decode = (bytes: Buffer) => decodeProcessingRequest(bytes, namespace);
const header = (...fields: readonly Buffer[]): Buffer => nested(1, ...fields);
const headersPhase = (...list: readonly Buffer[]): Buffer => nested(2, nested(1, ...list));
const string = (value: string): Buffer => text(3, value);
const entry = (key: string, ...value: readonly Buffer[]): Buffer => nested(1, text(1, key), nested(2, ...value));
const metadata = (...entries: readonly Buffer[]): Buffer => nested(8, ...entries);

describe('refused', () => {
  const phases = [2, 3, 4, 5, 6, 7];
  for (const first of phases)
    for (const second of phases)
      test(`two phases in one message: ${first} and ${second}`, () => {
        assert.throws(() => decode(bytesOf(nested(first), nested(second))), WireError);
      });
  const others: Readonly<Record<string, Buffer>> = {
    'a header map twice': nested(2, nested(1), nested(1)),
    'metadata twice': bytesOf(metadata(), metadata()),
    'protocol configuration twice': bytesOf(nested(11), nested(11)),
    'a phase as a number': bytesOf(raw(2, 0, varint(1))),
    'observability as text': bytesOf(text(10, '')),
    'an end as four bytes': nested(4, raw(2, 5, Buffer.alloc(4))),
    'a body as a number': nested(4, raw(1, 0, varint(1))),
    'a string value as a number': metadata(entry(namespace, entry('mac', raw(3, 0, varint(1))))),
  };
  for (const [what, bytes] of Object.entries(others))
    test(what, () => {
      assert.throws(() => decode(bytes), WireError);
    });
});

test('a message of nothing, and one of only unknown fields, has no phase', () => {
  assert.equal(decode(Buffer.alloc(0)).request, undefined);
  assert.equal(decode(bytesOf(nested(12, Buffer.from('flow')), raw(40, 0, varint(1)))).request, undefined);
});

describe('headers', () => {
  const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  test('a value keeps each of its bytes as one character', () => {
    const { headers } = decode(headersPhase(header(text(1, 'x-a'), nested(3, every))));
    assert.deepEqual(headers, [['x-a', every.toString('latin1')]]);
  });
  test('the older form of a value is read to the same characters', () => {
    const value = 'grün 漢字 🙂';
    const read = (field: number) => decode(headersPhase(header(text(1, 'x-a'), text(field, value)))).headers;
    assert.deepEqual(read(2), read(3));
  });
  test('order and duplicates stay; names are lower-case; a header without anything is one', () => {
    const { headers } = decode(
      headersPhase(header(text(1, 'Set-COOKIE'), text(3, 'a')), header(text(1, 'set-cookie'), text(3, 'b')), header()),
    );
    assert.deepEqual(headers, [
      ['set-cookie', 'a'],
      ['set-cookie', 'b'],
      ['', ''],
    ]);
  });
});

describe('metadata', () => {
  const mac = entry('mac', string('right'));
  test('the namespace asked for, and no other', () => {
    const { metadata: read } = decode(metadata(entry('other', entry('mac', string('wrong'))), entry(namespace, mac)));
    assert.deepEqual(read, new Map([['mac', 'right']]));
  });
  test('a namespace that is there but empty is not one that is missing', () => {
    assert.deepEqual(decode(metadata(entry(namespace))).metadata, new Map());
    assert.deepEqual(decode(metadata(nested(1, text(1, namespace)))).metadata, new Map());
    assert.equal(decode(metadata(entry('other', mac))).metadata, undefined);
  });
  test('of one that stands twice the last one counts, as in any map', () => {
    const forged = entry(namespace, entry('mac', string('forged')));
    assert.deepEqual(decode(metadata(forged, entry(namespace, mac))).metadata, new Map([['mac', 'right']]));
    assert.deepEqual(decode(metadata(forged, entry(namespace))).metadata, new Map());
    const inside = metadata(entry(namespace, entry('mac', string('forged')), entry('mac', raw(4, 0, varint(1)))));
    assert.deepEqual(decode(inside).metadata, new Map());
  });
  test('an entry with its value first is the same entry', () => {
    assert.deepEqual(
      decode(metadata(nested(1, nested(2, mac), text(1, namespace)))).metadata,
      new Map([['mac', 'right']]),
    );
  });
  test('what is no string is not made one, and an unknown member does not undo a string', () => {
    const values = [raw(1, 0, varint(0)), raw(2, 1, Buffer.alloc(8)), raw(4, 0, varint(1)), nested(5), nested(6)];
    const read = values.map((value, index) => entry(`v${index}`, value));
    assert.deepEqual(decode(metadata(entry(namespace, ...read))).metadata, new Map());
    const newer = entry('mac', string('right'), raw(7, 0, varint(1)));
    assert.deepEqual(decode(metadata(entry(namespace, newer))).metadata, new Map([['mac', 'right']]));
  });
  test('a key of __proto__ is a key', () => {
    assert.deepEqual(
      decode(metadata(entry(namespace, entry('__proto__', string('x'))))).metadata,
      new Map([['__proto__', 'x']]),
    );
  });
  test('not asked for, it is not read', () => {
    const bytes = bytesOf(metadata(entry(namespace, mac)), metadata(Buffer.from([0xff])));
    assert.equal(decodeProcessingRequest(bytes, undefined).metadata, undefined);
  });
});

test('modes of the protocol are numbers, known or not', () => {
  const config = (mode: number | bigint): Buffer => nested(11, raw(1, 0, varint(4)), raw(2, 0, varint(mode)));
  for (const [written, mode] of [
    [4, 4],
    [99, 99],
    [-1, -1],
    [2 ** 31, -(2 ** 31)],
    [2n ** 32n + 4n, 4],
  ] as const)
    assert.deepEqual(decode(config(written)).protocol_config, { request_body_mode: 4, response_body_mode: mode });
});

test('a body is a view of its message, not a copy', () => {
  const bytes = nested(4, text(1, 'body'));
  const { body } = decode(bytes);
  assert.equal(body.buffer, bytes.buffer);
  assert.equal(Buffer.from(body).toString(), 'body');
});

test('a large message is not kept alive: neither one that was read nor one that was refused', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const large = (end: Buffer): Buffer =>
    bytesOf(headersPhase(header(text(1, 'x-a'), nested(3, Buffer.alloc(1 << 20)))), end);
  const seen = [Buffer.alloc(0), Buffer.from([0x00])].map((end) => {
    const bytes = large(end);
    try {
      decode(bytes);
    } catch (error) {
      assert.ok(error instanceof WireError);
    }
    return new WeakRef(bytes.buffer);
  });
  await turn();
  collect();
  assert.deepEqual(
    seen.map((reference) => reference.deref()),
    [undefined, undefined],
  );
});
