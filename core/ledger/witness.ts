/** `data` of `ledger.witnessed`: what a replica saw of the others. Truncating one ledger then means rewriting all that saw it. */
import { fromBase64Url, toBase64Url } from '../base64.ts';
import { parseCheckpoint } from './notes/checkpoint.ts';
import { exactBase64, isSignedBy, type NoteKey, parseNote } from './notes/note.ts';
import type { Json, JsonObject, StoredRecord } from './record.ts';
import { openCertificate, type SealPorts } from './seal.ts';
import { isObject } from './stored-record.ts';

export interface WitnessedHead {
  readonly ledger: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: string;
}

/** What was seen of another replica, before anything of it is believed. */
export interface PeerNotes {
  readonly ledger: string;
  readonly certificate: unknown;
  readonly checkpoint: unknown;
}

const rootBytes = 32;
/** More replicas than share a folder; a record must stay small. */
const maxPeers = 64;

/**
 * What is worth writing down: signed by a run that our own long-term key certified, and more than was seen of that ledger before.
 *
 * @param seen sizes by ledger
 */
export function newHeads(
  ports: SealPorts,
  issuer: NoteKey,
  peers: readonly PeerNotes[],
  seen: ReadonlyMap<string, number>,
): readonly WitnessedHead[] {
  return peers
    .flatMap((peer) => openHead(ports, issuer, peer) ?? [])
    .filter(({ ledger, size }) => size > (seen.get(ledger) ?? 0))
    .slice(0, maxPeers);
}

function openHead(ports: SealPorts, issuer: NoteKey, peer: PeerNotes): WitnessedHead | undefined {
  const { ledger } = peer;
  const sealed = openCertificate({ ...ports, ledger, pinned: [issuer] }, peer.certificate);
  const note = parseNote(peer.checkpoint);
  const checkpoint = note && parseCheckpoint(note);
  if (typeof sealed === 'string' || !checkpoint || checkpoint.ledger !== ledger) return undefined;
  const root = isSignedBy(ports, note, sealed.certificate.key) ? exactBase64(checkpoint.root) : undefined;
  return root && { ledger, size: checkpoint.size, root: toBase64Url(root) };
}

/** @param heads `root` as base64url */
export function witnessedData(heads: readonly WitnessedHead[]): JsonObject {
  const sorted = heads.toSorted((a, b) => (a.ledger < b.ledger ? -1 : 1));
  return { peers: sorted.map(({ ledger, size, root }) => ({ ledger, root, size })) };
}

/** Those that can be read; none when the record is of another type. */
export function parseWitnessed({ type, data }: Pick<StoredRecord, 'type' | 'data'>): readonly WitnessedHead[] {
  const { peers } = data;
  return type === 'ledger.witnessed' && Array.isArray(peers) ? peers.flatMap((peer) => parsePeer(peer) ?? []) : [];
}

function parsePeer(peer: Json): WitnessedHead | undefined {
  if (!isObject(peer)) return undefined;
  const { ledger, root, size } = peer;
  if (typeof ledger !== 'string' || typeof root !== 'string' || typeof size !== 'number') return undefined;
  if (size < 1 || fromBase64Url(root)?.length !== rootBytes) return undefined;
  return { ledger, root, size };
}
