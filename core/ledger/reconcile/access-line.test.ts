import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runs } from '../../masking/seeded-runs.testing.ts';
import { type AccessLine, parseAccessLine } from './access-line.ts';

const session = '01M8F4BPAZ25A8FF8FS5K64XRZ';
const other = '01M8F4BPFT7913XAGNKFE0AT5D';
/** As Envoy 1.40 wrote it. */
const written = {
  answered: session,
  authority: 'models.bank.test',
  bytes_received: 2,
  bytes_sent: 11,
  details: 'via_upstream',
  duration_ms: 153,
  flags: '-',
  grpc_status: null,
  method: 'POST',
  request_id: '1bcb5276-172a-4402-ae92-87c2a599fdc3',
  session,
  source: '127.0.0.1',
  status: 200,
  time: '2026-11-27T18:30:23.828Z',
  type: 'DownstreamEnd',
  upstream: 'model',
  upstream_bytes_sent: 225,
};

const read = (more: object = {}): AccessLine => {
  const line = parseAccessLine(JSON.stringify({ ...written, ...more }));
  assert.ok(typeof line === 'object', String(line));
  return line;
};

test('a line of Envoy is read, with the time at which its request ended', () => {
  assert.deepEqual(read(), {
    session,
    answered: undefined,
    requestId: written.request_id,
    source: '127.0.0.1',
    status: 200,
    grpcStatus: undefined,
    endedMs: Date.parse('2026-11-27T18:30:23.981Z'),
    details: 'via_upstream',
    flags: [],
    upstream: 'model',
    refused: false,
    forwarded: true,
    whole: true,
  });
});

test('what the answer says of a session counts only where nothing was sent on: a model could have said it', () => {
  assert.equal(read({ answered: other, session: null }).answered, undefined);
  assert.equal(read({ answered: other, session: null, upstream_bytes_sent: 0 }).answered, other);
});

test('in doubt a request was sent on', () => {
  for (const unknown of [undefined, null, '0']) assert.equal(read({ upstream_bytes_sent: unknown }).forwarded, true);
  assert.equal(read({ upstream_bytes_sent: null, upstream: null }).forwarded, false);
  assert.equal(read({ upstream_bytes_sent: 0 }).forwarded, false);
});

test('an answer is whole only when Envoy has nothing to say about it', () => {
  assert.equal(read({ flags: 'DC' }).whole, false);
  assert.equal(read({ details: 'upstream_reset_after_response_started{protocol_error}' }).whole, false);
});

test('a line that does not say whether there is a session is none', () => {
  for (const wrong of [
    { session: undefined },
    { session: '-' },
    { session: 'x' },
    { status: '200' },
    { time: 'now' },
    { time: undefined },
  ]) {
    assert.equal(parseAccessLine(JSON.stringify({ ...written, ...wrong })), 'other_format', JSON.stringify(wrong));
  }
  for (const text of ['null', '[]', '"x"', '7']) assert.equal(parseAccessLine(text), 'other_format');
});

test('a line that Envoy writes while a request lasts tells nothing', () => {
  for (const type of ['DownstreamStart', 'DownstreamPeriodic', 'UpstreamEnd']) {
    assert.equal(parseAccessLine(JSON.stringify({ ...written, type })), 'not_an_end');
  }
});

test('a line cut anywhere is not read', (t) => {
  const text = JSON.stringify(written);
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), (length) => {
      assert.equal(parseAccessLine(text.slice(0, length)), 'not_json');
    }),
    runs(t, 100),
  );
});
