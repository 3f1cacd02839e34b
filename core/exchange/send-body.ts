import type { Exchange } from './message.ts';

/** Envoy takes chunks of any size; larger ones only wait longer in its buffers. */
const chunkBytes = 64 * 1024;

/** Sends bytes in pieces Envoy likes. Returns how many were sent: fewer than all when Envoy is gone. */
export async function sendBody(
  exchange: Exchange,
  bytes: Uint8Array,
  end: boolean,
  kind: 'request_body' | 'response_body',
): Promise<number> {
  if (bytes.length === 0 && !end) return 0;
  let offset = 0;
  do {
    const piece = bytes.subarray(offset, offset + chunkBytes);
    const last = offset + piece.length >= bytes.length;
    if (!(await exchange.send({ kind, bytes: piece, end: end && last }))) return offset;
    offset += piece.length;
  } while (offset < bytes.length);
  return offset;
}
