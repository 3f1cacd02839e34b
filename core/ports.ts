/**
 * What the pure core asks of the world. Everything here is an argument of the functions that use it: core has no clock, no
 * randomness, no I/O and no environment of its own.
 */
import type { Approval, ApprovalBinding, ApprovalError, ApprovalRequest, Verdict } from './approval/approval.ts';
import type { CredentialError, Principal } from './identity/principal.ts';
import type { NoteKey } from './ledger/notes/note.ts';
import type { Publication } from './ledger/publication.ts';
import type { LedgerError, Receipt, RecordDraft } from './ledger/record.ts';
import type { SpoolNote } from './ledger/spool-note.ts';
import type { PayloadUse } from './payload/place.ts';
import type { Result } from './result.ts';

export interface Clock {
  /** Milliseconds since the epoch, UTC. May jump; never use it to measure a duration. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes backwards. */
  monotonic(): number;
}

export interface Timers {
  /** Runs once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, run: () => void): () => void;
  /** Lets everything else that is ready run first: between pieces of work that would hold up other exchanges. */
  turn(): Promise<void>;
}

export interface Ids {
  /** A new ULID: 26 characters of Crockford base32, 80 of its 128 bits random. */
  ulid(): string;
}

export interface Hash {
  /** SHA-256 over the concatenated parts, 32 bytes. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
}

/** Ed25519 (RFC 8032) with public keys that anybody may have. */
export interface Signatures {
  /** False for a bad signature, and for a public key that is none. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** The long-term key that certifies the keys of runs (core/ledger/notes/certificate.ts). It may lie in a file, or in a service that never gives it out. */
export interface KeyProvider {
  readonly key: NoteKey;
  /** Ed25519. Asked once when a ledger is opened; rejects when it cannot be done now, and then no ledger is. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Keyed digests (HMAC-SHA-256). A plain digest of a body that holds nine digits would be a lookup table of them. */
export interface KeyedDigest {
  /** Names the key in records; says nothing about its bytes. */
  readonly keyId: string;
  digest(...parts: readonly Uint8Array[]): Uint8Array;
  incremental(): { update(part: Uint8Array): void; digest(): Uint8Array };
}

/** Sealed to somebody's public key: HPKE (RFC 9180) makes the data key, AES-256-GCM the box. */
export type SealedBox = {
  /** Id of the public key. */
  readonly key: string;
  /** What the private half makes the data key of, base64url. */
  readonly enc: string;
  /** Nonce ‖ ciphertext ‖ tag, base64url. */
  readonly box: string;
};

/** Seals what this process itself cannot open again. */
export interface PayloadSealer {
  /** `aad` binds the box to its place (core/payload/place.ts); opening elsewhere fails. */
  seal(use: PayloadUse, plaintext: Uint8Array, aad: Uint8Array): SealedBox;
}
export interface PayloadSealers {
  /** For what is kept that long. undefined: there is no key that may be used, so nothing can be recorded. */
  of(retention: string): PayloadSealer | undefined;
}

/** One original packed against its masked copy (core/payload/patch.ts). */
export interface PatchCodec {
  same(a: Uint8Array, b: Uint8Array): boolean;
  pack(bytes: Uint8Array, copy: Uint8Array): Uint8Array;
  /** undefined: it was not packed against this copy, or is longer than `maxBytes`. */
  unpack(packed: Uint8Array, copy: Uint8Array, maxBytes: number): Uint8Array | undefined;
}

/** One compiled pattern set over bytes; RE2 behind it. Offsets are byte offsets. */
export interface CompiledPattern {
  /** First match at or after `from`, leftmost-first; undefined when there is none. */
  find(bytes: Uint8Array, from: number): { readonly start: number; readonly end: number } | undefined;
  /** Start of that match, -1 when there is none: all that a search in a hot path asks. */
  search(bytes: Uint8Array, from: number): number;
  /** Whether a match begins at `at` itself. */
  isAt(bytes: Uint8Array, at: number): boolean;
  test(bytes: Uint8Array): boolean;
}
/** Questions about bytes that a native scan answers at tens of GB/s. */
export interface TextScan {
  /** ASCII, without NUL and without anything that may spell another character: no `\`, no `%`, no `&#`, no `&` at the end. */
  isPlain(bytes: Uint8Array): boolean;
  /** Valid UTF-8 without NUL. */
  isText(bytes: Uint8Array): boolean;
  /** The first such byte at or behind `from`, -1 when there is none. */
  indexOf(bytes: Uint8Array, byte: number, from: number): number;
}
/**
 * A memory, and the loop that follows a table in it through a text in it, in six places at once, each from right to left
 * (core/masking/heads). Numbers are addresses and counts of bytes; adapters/kernel/table-walk.wat says what lies where.
 */
export interface TableWalk {
  readonly memory: ArrayBuffer;
  /** @returns how many bytes each place has still to read: 0, or more where the table has nothing yet */
  walk(left: number, a: number, b: number, c: number, d: number, e: number, f: number, states: number): number;
}

export interface PatternEngine {
  readonly scan: TextScan;
  /** A new one, with a memory of at least so many bytes, all of them zero. */
  tableWalk(memoryBytes: number): TableWalk;
  /** Throws when the source is not valid for a linear-time engine: a bug of ours, found at start. */
  compile(source: string): CompiledPattern;
  /** Of a condition that a person wrote: whether the pattern occurs in a text, in time linear in its length. Else why it is none. */
  matcher(source: string): Result<(text: string) => boolean, string>;
}

/** What stands in for values under `tokenize`, `pseudonym` and `hash`: the same for the same value, always. */
export interface Replacements {
  /**
   * Printable ASCII without quotes and backslashes, so that it may stand in JSON at any depth; anything else is not written,
   * and stars are. `value` as people read it, separators included.
   */
  replace(kind: 'tokenize' | 'pseudonym' | 'hash', entity: string, value: string): string;
}

/** Takes bytes that were decoded. A promise is waited for before more is decoded: a small chunk can expand to a large body. */
export type Emit = (part: Uint8Array) => Promise<void> | undefined;

/** Incremental decoding of one Content-Encoding. */
export interface Decoder {
  /**
   * All that this chunk decodes to has been taken when it resolves. Rejects with an `ERR_…` code from docs/errors.md (corrupt,
   * truncated, expanding too far), or with what `emit` rejects with.
   */
  push(chunk: Uint8Array, emit: Emit): Promise<void>;
  /** The rest; rejects when the stream was cut short. */
  end(emit: Emit): Promise<void>;
  /** Frees native memory; safe to call twice. */
  close(): void;
}
export interface Codec {
  /** Whether this coding is one we read. Costs nothing, unlike a decoder. */
  reads(coding: string): boolean;
  /** undefined: this coding is not one we read, so the body is refused, never passed. */
  decoder(coding: string, limits: DecodeLimits): Decoder | undefined;
  /**
   * A whole small body in one call, which costs a third of a stream. Throws what a decoder rejects with. undefined: it is not
   * small, or not one we read: ask for a decoder.
   */
  whole(coding: string, bytes: Uint8Array, limits: DecodeLimits): Uint8Array | undefined;
}
export interface DecodeLimits {
  readonly maxBytes: number;
  /** Decoded bytes for each received one. */
  readonly maxRatio: number;
}

/** Where large bodies wait: on disk, sealed under a key that only this process has, without a name, and gone when it ends. */
export interface Spill {
  /** `owner` is bound to every part: a part of another body, or out of its place, does not open. */
  create(owner: string): Promise<Result<SpillFile, SpillError>>;
}
export interface SpillFile {
  /** Sealed before it returns, so the bytes may be used again at once; written when it resolves. */
  append(part: Uint8Array): Promise<Result<void, SpillError>>;
  /** Part `index`, counted from 0, as it was appended. */
  read(index: number): Promise<Result<Uint8Array, SpillError>>;
  /** Gives the disk back. Safe to call twice, and while something is being written. */
  close(): void;
}
export interface SpillError {
  /** FULL: the disk, or the share of it that is set aside; recovers by itself. ALTERED: somebody wrote into it. */
  readonly code: 'ERR_SPILL_FULL' | 'ERR_SPILL_DISK' | 'ERR_SPILL_ALTERED';
  readonly reason: string;
}

export interface TokenVerifier {
  /** Verifies signature and claims of a bearer token against the configured issuers. Never throws. */
  verify(token: string): Promise<Result<Principal, CredentialError>>;
}

/** The append-only log of this process run. */
export interface Ledger {
  /** `<service>/<replica>/<ULID>` */
  readonly id: string;
  /** All drafts in order, contiguous, in one durable transaction: they are on disk when this resolves, or none of them is. */
  append(drafts: readonly RecordDraft[]): Promise<Result<readonly Receipt[], LedgerError>>;
  /** Writes `ledger.closed` and releases the file. Appends after this fail with ERR_LEDGER_CLOSED. */
  close(reason: string): Promise<void>;
}

/** Whether what is on disk is in Kafka, too. */
export interface Replication {
  /**
   * Whether a broker has acknowledged this record and all before it in its ledger; waits for it, within bounds. False: not in
   * time, or there is no Kafka. Never throws.
   */
  reached(receipt: Receipt): Promise<boolean>;
}

export interface ApprovalStore {
  /** Attaches to the live approval with the same binding and requester, or makes a new one. `attached` tells which. */
  request(
    request: ApprovalRequest,
    nowMs: number,
  ): Result<{ readonly approval: Approval; readonly attached: boolean }, ApprovalError>;
  get(id: string, nowMs: number): Result<Approval, ApprovalError>;
  list(
    filter: { readonly states?: readonly Approval['state'][]; readonly limit: number },
    nowMs: number,
  ): Result<readonly Approval[], ApprovalError>;
  /** One person's verdict. The rules of approval.ts decide whether it counts. */
  decide(id: string, verdict: Verdict, nowMs: number): Result<Approval, ApprovalError>;
  /** approved → consumed, durable before it returns; exactly one caller ever gets `ok`. */
  consume(id: string, session: string, binding: ApprovalBinding, nowMs: number): Result<Approval, ApprovalError>;
  withdraw(id: string, nowMs: number): Result<Approval, ApprovalError>;
  /** Resolves with the approval once it has left `requested`, or as it stands when `untilMs` passes or `signal` aborts. */
  settled(id: string, untilMs: number, signal: AbortSignal): Promise<Result<Approval, ApprovalError>>;
}

/** Where copies of checkpoints lie that the administrators of this host cannot change: ADR 0026. */
export interface Anchor {
  /** For logs. */
  readonly name: string;
  /** It is kept there, for good, when this resolves with ok; keeping the same one twice is fine. */
  keep(publication: Publication): Promise<Result<void, AnchorError>>;
}
export interface AnchorError {
  /** CONFLICT: there is another checkpoint of this ledger and size already. */
  readonly code: 'ERR_ANCHOR_AWAY' | 'ERR_ANCHOR_CONFLICT';
  readonly reason: string;
}

/** Where records go besides the ledger itself. */
export interface AuditSink extends Replication {
  /** Starts delivery of everything in the local ledgers that is not yet acknowledged. */
  start(): Promise<void>;
  /** Wakes the sender: something new is durable. Never blocks. */
  wake(): void;
  /** Delivers what it can within `timeoutMs`, then stops. What is left stays in the spool for the next run. */
  close(timeoutMs: number): Promise<void>;
}

/** One durable record on its way to Kafka, exactly as it lies in the ledger. */
export interface SpoolRecord {
  readonly ledger: string;
  readonly seq: number;
  /** Contiguous per (ledger, topic, partition). */
  readonly pseq: number;
  /** Short name: events | payloads | approvals | admin. */
  readonly topic: string;
  readonly partition: number;
  readonly type: string;
  /** Session id, or the ledger id for records that belong to no session. */
  readonly key: string;
  readonly time: string;
  /** The exact bytes that were hashed. */
  readonly value: Uint8Array;
  /** SHA-256(0x00 ‖ value). */
  readonly leaf: Uint8Array;
}

export type SpoolMessage = SpoolRecord | SpoolNote;

/** The ledgers of one replica, old runs included, read as a spool. Synchronous: it runs in the sender's own thread. */
export interface Spool {
  /** The next unacknowledged records of one (ledger, topic, partition), in order; empty when everything was acknowledged. */
  next(maxRecords: number, maxBytes: number): readonly SpoolRecord[];
  /**
   * A batch that `next` gave could not be sent. @returns whether it comes later, behind what others wrote; else it has to be sent again,
   * unchanged, until it is there
   */
  setAside(records: readonly SpoolRecord[]): boolean;
  /** Durable before it returns. `records` is a batch that `next` gave; `baseOffset` is where the broker put its first one. */
  acknowledge(records: readonly SpoolRecord[], baseOffset: string): void;
  /**
   * The next unacknowledged notes of one ledger and topic that may go: its certificate first, then each checkpoint once all records that
   * it covers are acknowledged. Of a ledger that nobody writes any more the last one covers all of them.
   */
  nextNotes(maxNotes: number): readonly SpoolNote[];
  /** As `acknowledge`, for notes. */
  acknowledgeNotes(notes: readonly SpoolNote[], baseOffset: string): void;
  /** Notes not yet acknowledged, whether they may go or not. */
  waitingNotes(): number;
  /** The first record of this ledger that is not acknowledged: all before it are. */
  waitingFrom(ledger: string): number;
  /** Records not yet acknowledged, and the time of the oldest. */
  backlog(): { readonly records: number; readonly oldest: string | undefined };
  close(): void;
}
