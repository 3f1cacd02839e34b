import { loadKey } from '@countersign/adapters/keys/key-file.ts';
import { createOpener } from '@countersign/adapters/keys/sealer.ts';
import { type PayloadDirection, parsePayloadPart, payloadAad } from '@countersign/core/ledger/payload.ts';
import type { SessionDocument } from '@countersign/core/ledger/session-document.ts';
import { UsageError } from '../up/configuration.ts';

/** The masked copy of one direction, opened. `faults` says what of it could not be. */
export interface OpenedPayload {
  readonly direction: PayloadDirection;
  readonly bytes: Uint8Array;
  readonly faults: readonly string[];
}

/** @throws UsageError when the key file cannot be used */
export function openPayload({ session, records }: SessionDocument, keyFile: string): readonly OpenedPayload[] {
  const key = loadKey(keyFile);
  if (!key.ok) throw new UsageError(`${keyFile}: ${key.error.reason}`);
  const opener = createOpener([key.value]);
  const parts = records.flatMap(({ record }) => parsePayloadPart(record) ?? []);
  return (['request', 'response'] as const).flatMap((direction) => {
    const own = parts.filter((part) => part.direction === direction).toSorted((a, b) => a.part - b.part);
    if (own.length === 0) return [];
    const opened = own.map(({ part, box, keyId }, index) => {
      const plain = opener.open(keyId, box, payloadAad(session, direction, part));
      const missing = part === index ? [] : [`part ${index} is missing or there twice`];
      return plain.ok
        ? { bytes: plain.value, faults: missing }
        : { bytes: new Uint8Array(0), faults: [...missing, `part ${part}: ${plain.error}`] };
    });
    const bytes = Buffer.concat(opened.map((part) => part.bytes));
    return [{ direction, bytes, faults: opened.flatMap(({ faults }) => faults) }];
  });
}
