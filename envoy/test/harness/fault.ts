/**
 * Preloaded into a proc-service (`node --import`): a body that holds the marker makes the keyed digest throw, as a bug in our
 * own code would, in the direction in which the marker comes.
 */
import { type BinaryLike, createHmac, Hmac } from 'node:crypto';

const { update } = Hmac.prototype;
const marker = 'RAISE-AN-EXCEPTION';

Hmac.prototype.update = function raise(this: Hmac, data: BinaryLike): Hmac {
  if (data instanceof Uint8Array && Buffer.from(data).includes(marker)) throw new TypeError('injected');
  return Reflect.apply(update, this, [data]);
};
// The prototype that createHmac hands out must be the one that was changed.
if (Object.getPrototypeOf(createHmac('sha256', 'x')) !== Hmac.prototype)
  throw new Error('fault injection does not reach');
