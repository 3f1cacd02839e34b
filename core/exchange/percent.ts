/** The percent-encoding of `grpc-message` (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Percent-Encoded). */
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const percent = 0x25;

/** Never fails: what is no escape, or no UTF-8, reads as whoever shows it to people would show it. */
export function decodePercent(value: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < value.length; at++) {
    const hex = value[at] === '%' ? /^[0-9A-Fa-f]{2}$/.exec(value.slice(at + 1, at + 3)) : null;
    if (hex === null) bytes.push(value.charCodeAt(at) & 0xff);
    else {
      bytes.push(Number.parseInt(hex[0], 16));
      at += 2;
    }
  }
  return decoder.decode(Uint8Array.from(bytes));
}

export function encodePercent(text: string): string {
  let encoded = '';
  for (const byte of encoder.encode(text)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== percent;
    encoded += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
