/**
 * Signed notes (c2sp.org/signed-note), with Ed25519 signatures only: a text, an empty line, and a line for each signature. What is
 * read here comes from files that somebody may have written to.
 */
import { fromBase64, toBase64 } from '../../base64.ts';
import { toHex } from '../../bytes.ts';
import type { Hash, Signatures } from '../../ports.ts';

/** Who signs. Two keys of one name are told apart by the key id, which is computed from both. */
export interface NoteKey {
  /** Without spaces and `+`. */
  readonly name: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** A note as read. Nothing of it is true before a signature of a known key was verified. */
export interface Note {
  /** With its last newline: the bytes that are signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const ed25519 = 0x01;
const publicKeyBytes = 32;
const keyIdBytes = 4;
const signatureBytes = 64;
/** More than any note of ours with a signature of every witness one could think of. */
const maxNoteBytes = 16 * 1024;
const maxSignatures = 16;

const namePattern = /^[^\s+\p{Cc}]{1,256}$/u;
const controlPattern = /[^\n\P{Cc}]/u;
const signaturePattern = /^— ([^\s+]{1,256}) ([A-Za-z0-9+/]+={0,2})$/u;
const keyPattern = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u;

/** SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)[:4]: names a key among those a reader knows; proves nothing. */
export function keyIdOf(hash: Hash, { name, publicKey }: NoteKey): Uint8Array {
  return hash.sha256(utf8.encode(`${name}\n`), Uint8Array.of(ed25519), publicKey).slice(0, keyIdBytes);
}

/** `<name>+<key id, hex>+<base64(0x01 ‖ public key)>`: one line to pin a key by. */
export function formatNoteKey(hash: Hash, key: NoteKey): string {
  return `${key.name}+${toHex(keyIdOf(hash, key))}+${toBase64(Uint8Array.of(ed25519, ...key.publicKey), true)}`;
}

/** @returns undefined for anything that formatNoteKey would not have written */
export function parseNoteKey(hash: Hash, text: string): NoteKey | undefined {
  const [, name, keyId, encoded] = keyPattern.exec(text) ?? [];
  const bytes = encoded === undefined ? undefined : exactBase64(encoded);
  if (name === undefined || bytes?.length !== 1 + publicKeyBytes || bytes[0] !== ed25519) return undefined;
  const key = { name, publicKey: bytes.slice(1) };
  return namePattern.test(name) && toHex(keyIdOf(hash, key)) === keyId ? key : undefined;
}

/** The note with one signature. @param text ends with a newline */
export function writeNote(hash: Hash, text: string, key: NoteKey, signature: Uint8Array): string {
  return noteWriter(hash, key)(text, signature);
}

/** For many notes of one key: what is the same in all of them is computed once. */
export function noteWriter(hash: Hash, key: NoteKey): (text: string, signature: Uint8Array) => string {
  const claim = new Uint8Array(keyIdBytes + signatureBytes);
  claim.set(keyIdOf(hash, key));
  return (text, signature) => {
    claim.set(signature, keyIdBytes);
    return `${text}\n— ${key.name} ${toBase64(claim, true)}\n`;
  };
}

/** @returns undefined when it is no note, or one with more in it than a note of ours has */
export function parseNote(note: unknown): Note | undefined {
  if (typeof note !== 'string' || note.length > maxNoteBytes || controlPattern.test(note)) return undefined;
  if (!note.isWellFormed() || utf8.encode(note).length > maxNoteBytes) return undefined;
  const blank = note.lastIndexOf('\n\n');
  if (blank < 1 || !note.endsWith('\n')) return undefined;
  const lines = note.slice(blank + 2, -1).split('\n');
  if (lines.length > maxSignatures) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignature(line);
    if (signature === undefined) return undefined;
    signatures.push(signature);
  }
  return { text: note.slice(0, blank + 1), signatures };
}

function parseSignature(line: string): NoteSignature | undefined {
  const [, name, encoded] = signaturePattern.exec(line) ?? [];
  const bytes = encoded === undefined ? undefined : exactBase64(encoded);
  if (name === undefined || bytes === undefined || bytes.length <= keyIdBytes) return undefined;
  return { name, keyId: bytes.slice(0, keyIdBytes), signature: bytes.slice(keyIdBytes) };
}

/** Whether this key signed the note: at least one signature claims to be its, and every one that does is. */
export function isSignedBy(
  ports: { readonly hash: Hash; readonly signatures: Signatures },
  note: Note,
  key: NoteKey,
): boolean {
  const keyId = toHex(keyIdOf(ports.hash, key));
  const message = utf8.encode(note.text);
  const claims = note.signatures.filter((claim) => claim.name === key.name && toHex(claim.keyId) === keyId);
  return (
    claims.length > 0 &&
    claims.every(
      ({ signature }) =>
        signature.length === signatureBytes && ports.signatures.verify(key.publicKey, message, signature),
    )
  );
}

/** One spelling for each value: stray bits and missing padding are refused. */
export function exactBase64(text: string): Uint8Array | undefined {
  const bytes = fromBase64(text);
  return bytes && toBase64(bytes, true) === text ? bytes : undefined;
}

const utf8 = new TextEncoder();
