/** The sealed parts of a session, opened: the masked copy, or with the patches what was received and what was sent on. */
import type { PayloadOpener } from '@countersign/adapters/keys/payload-opener.ts';
import { patchCodec } from '@countersign/adapters/zlib/patch-codec.ts';
import { type PayloadPart, parsePayloadPart } from '@countersign/core/ledger/payload.ts';
import type { JsonObject } from '@countersign/core/ledger/record.ts';
import type { SessionDocument } from '@countersign/core/ledger/session-document.ts';
import { isObject, memberAt } from '@countersign/core/ledger/stored-record.ts';
import { applyPatch } from '@countersign/core/payload/patch.ts';
import { type PayloadDirection, payloadAad } from '@countersign/core/payload/place.ts';
import type { SealedBox } from '@countersign/core/ports.ts';

export type Opening = 'copy' | 'original';

export interface OpenedPayload {
  readonly direction: PayloadDirection;
  readonly copy: Uint8Array;
  /** Of an original. */
  readonly received?: Uint8Array;
  readonly sent?: Uint8Array;
  readonly parts: number;
  /** The cap cut it, so the record says. */
  readonly truncated: boolean;
  /** What of it could not be opened. */
  readonly faults: readonly string[];
}

type Placed = PayloadPart & { readonly ledger: string };
interface OpenedPart {
  readonly copy: Uint8Array;
  readonly received: Uint8Array;
  readonly sent: Uint8Array;
  readonly faults: readonly string[];
}

const directions = ['request', 'response'] as const;

export function partsOf({ records }: SessionDocument): readonly Placed[] {
  return records.flatMap(({ ledger, record }) => {
    const part = parsePayloadPart(record);
    return part === undefined ? [] : [{ ...part, ledger }];
  });
}

/** Ids of the keys that are needed. */
export function keysOf(parts: readonly PayloadPart[], opening: Opening): readonly string[] {
  const boxes = parts.flatMap(({ copy, patch }) =>
    opening === 'copy' || patch === undefined ? [copy] : [copy, patch],
  );
  return [...new Set(boxes.map(({ key }) => key))].toSorted();
}

export async function openPayload(
  document: SessionDocument,
  opening: Opening,
  opener: PayloadOpener,
): Promise<readonly OpenedPayload[]> {
  const all = partsOf(document);
  const opened: OpenedPayload[] = [];
  for (const direction of directions) {
    const parts = all.filter((part) => part.direction === direction).toSorted((a, b) => a.part - b.part);
    const told = toldOf(document, direction);
    if (parts.length === 0 && told === undefined) continue;
    opened.push(await openDirection(document.session, direction, parts, told, opening, opener));
  }
  return opened;
}

async function openDirection(
  session: string,
  direction: PayloadDirection,
  parts: readonly Placed[],
  told: JsonObject | undefined,
  opening: Opening,
  opener: PayloadOpener,
): Promise<OpenedPayload> {
  const pieces: OpenedPart[] = [];
  for (const part of parts) pieces.push(await openPart(session, part, opening, opener));
  const faults = [
    ...parts.flatMap(({ part }, index) => (part === index ? [] : [`part ${index} is missing or there twice`])),
    ...countFault(parts.length, told),
    ...pieces.flatMap((piece) => piece.faults),
  ];
  const joined = (of: 'copy' | 'received' | 'sent'): Buffer => Buffer.concat(pieces.map((piece) => piece[of]));
  return {
    direction,
    copy: joined('copy'),
    ...(opening === 'original' ? { received: joined('received'), sent: joined('sent') } : {}),
    parts: parts.length,
    truncated: told?.['truncated'] === true,
    faults,
  };
}

async function openPart(
  session: string,
  { ledger, direction, part, copy, patch }: Placed,
  opening: Opening,
  opener: PayloadOpener,
): Promise<OpenedPart> {
  const open = (box: SealedBox, use: 'copy' | 'patch') =>
    opener.open(box, use, ledger, payloadAad({ session, direction, part }, use));
  const failed = (why: string): OpenedPart => ({
    copy: none,
    received: none,
    sent: none,
    faults: [`part ${part}: ${why}`],
  });
  const masked = await open(copy, 'copy');
  if (!masked.ok) return failed(masked.error);
  const whole = { copy: masked.value, received: masked.value, sent: masked.value, faults: [] };
  if (opening === 'copy' || patch === undefined) return whole;
  const difference = await open(patch, 'patch');
  if (!difference.ok) return failed(difference.error);
  const originals = applyPatch(masked.value, difference.value, patchCodec);
  return originals.ok ? { ...whole, ...originals.value } : failed(originals.error);
}

/** What the end of the session says of the direction. */
function toldOf({ facts }: SessionDocument, direction: PayloadDirection): JsonObject | undefined {
  const copy = memberAt(facts, direction, 'copy');
  return isObject(copy) ? copy : undefined;
}

/** A tail that was taken away leaves numbers without a gap. */
function countFault(parts: number, told: JsonObject | undefined): readonly string[] {
  const expected = told?.['parts'];
  if (typeof expected !== 'number' || expected === parts) return [];
  return [`the session has ${expected} parts by its record, ${parts} are here`];
}

const none = new Uint8Array(0);
