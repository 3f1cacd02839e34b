/**
 * Preloaded into a service (`node --import`): what holds a marker makes the keyed digest, or the MAC of the hand-off, fail as a
 * bug in our own code would, where and in the direction in which the marker comes: in a body, or in a path.
 */
import { type BinaryLike, createHmac, Hmac } from 'node:crypto';

const { update } = Hmac.prototype;
const exception = 'RAISE-AN-EXCEPTION';
/** Once: the thread does nothing else for three seconds. A regular expression, a parser, a loop that does not end soon. */
const busy = 'BLOCK-THE-LOOP';
const busyMs = 3_000;
let wasBusy = false;

Hmac.prototype.update = function raise(this: Hmac, data: BinaryLike): Hmac {
  const text = typeof data === 'string' ? data : data instanceof Uint8Array ? Buffer.from(data).toString('latin1') : '';
  if (text.includes(exception)) throw new TypeError('injected');
  if (text.includes(busy) && !wasBusy) {
    wasBusy = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyMs);
  }
  return Reflect.apply(update, this, [data]);
};
// The prototype that createHmac hands out must be the one that was changed.
if (Object.getPrototypeOf(createHmac('sha256', 'x')) !== Hmac.prototype)
  throw new Error('fault injection does not reach');
