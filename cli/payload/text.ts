/** An opened payload on a screen, where nothing of it may drive the terminal, and as JSON. */
import type { JsonObject } from '@countersign/core/ledger/record.ts';
import { printable } from '../terminal-text.ts';
import type { OpenedPayload } from './open.ts';

export function payloadText(payloads: readonly OpenedPayload[]): string {
  return payloads.flatMap(sections).join('\n');
}

function sections({ direction, copy, received, sent, truncated, faults }: OpenedPayload): readonly string[] {
  const shown = received === undefined ? [['masked', copy] as const] : originals(received, sent ?? received);
  return shown.map(([name, bytes]) => {
    const cut = truncated ? ['cut at the cap'] : [];
    const head = [`--- ${name} ${direction}, ${bytes.length} bytes`, ...cut, ...faults].join('; ');
    return `${head}\n${printable(new TextDecoder().decode(bytes), true)}`;
  });
}

function originals(received: Uint8Array, sent: Uint8Array): readonly (readonly [string, Uint8Array])[] {
  if (Buffer.compare(received, sent) === 0) return [['received and sent', received]];
  return [
    ['received', received],
    ['sent', sent],
  ];
}

/** Text where the bytes are UTF-8, base64 where not. */
export function payloadJson(payloads: readonly OpenedPayload[]): JsonObject {
  return Object.fromEntries(
    payloads.map(({ direction, copy, received, sent, parts, truncated, faults }) => [
      direction,
      {
        copy: bytesJson(copy),
        ...(received && { received: bytesJson(received) }),
        ...(sent && { sent: bytesJson(sent) }),
        parts,
        truncated,
        faults,
      },
    ]),
  );
}

function bytesJson(bytes: Uint8Array): JsonObject {
  try {
    return { bytes: bytes.length, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { bytes: bytes.length, base64: Buffer.from(bytes).toString('base64') };
  }
}
