/** The records of the sessions that were drawn, each with its proof of inclusion under the newest checkpoint of its ledger. */

import { toBase64 } from '@countersign/core/base64.ts';
import { textAt } from '@countersign/core/evidence/gather/cells.ts';
import type { EvidenceRecord } from '@countersign/core/evidence/gather/evidence-record.ts';
import { readEvidenceRecord } from '@countersign/core/evidence/gather/evidence-record.ts';
import { recordSays } from '@countersign/core/evidence/gather/record-says.ts';
import { isSessionEnd } from '@countersign/core/evidence/gather/session-end.ts';
import type { PackFile } from '@countersign/core/evidence/pack-file.ts';
import type { Step, Timeline } from '@countersign/core/evidence/report.ts';
import { leafOf } from '@countersign/core/ledger/chain.ts';
import { type Checkpoint, parseCheckpoint } from '@countersign/core/ledger/notes/checkpoint.ts';
import { exactBase64, isSignedBy, type NoteKey, parseNote } from '@countersign/core/ledger/notes/note.ts';
import { parsePruned } from '@countersign/core/ledger/pruned.ts';
import { openCertificate } from '@countersign/core/ledger/seal.ts';
import { ProofTree } from '@countersign/core/ledger/tree/proof-tree.ts';
import { verifyInclusion } from '@countersign/core/ledger/tree/proofs.ts';
import { ed25519 } from '../keys/ed25519.ts';
import type { LedgerSource, OpenedLedger } from '../sqlite/ledger-sources.ts';
import { oneShotHash } from '../sqlite/one-shot-hash.ts';
import type { EvidenceStore, SampledRecord } from './store.ts';

export interface ChosenSession {
  readonly session: string;
  /** That it used: what was asked and decided may be told under an earlier call. */
  readonly approval: string | undefined;
}

/** Checkpoints by ledger, as notes: of those that a drawn session has records in. */
export type Notes = ReadonlyMap<string, string>;

/** SHA-256(seed ‖ session), text as UTF-8: anybody who has the seed and the ids draws the same. */
export function rankBy(seed: string): (session: string) => Uint8Array {
  const utf8 = new TextEncoder();
  return (session) => oneShotHash.sha256(utf8.encode(`${seed}${session}`));
}

/** In the order of the sample. */
export function chooseSessions(limit: number, store: EvidenceStore): readonly ChosenSession[] {
  const query = 'SELECT session, approval FROM ended WHERE rank IS NOT NULL ORDER BY rank, session LIMIT ?';
  return [...store.stored(query, limit)].map(({ session, approval }) => ({
    session: String(session),
    approval: typeof approval === 'string' ? approval : undefined,
  }));
}

/** Walks the ledgers once more; of each it keeps 64 bytes a record while it does. */
export function drawSample(
  ledgers: readonly LedgerSource[],
  chosen: readonly ChosenSession[],
  pinned: readonly NoteKey[],
  store: EvidenceStore,
): Notes {
  const notes = new Map<string, string>();
  const sessionsOf = membership(chosen);
  for (const source of chosen.length === 0 ? [] : ledgers) {
    const opened = source.open();
    try {
      const note = drawFrom(source.id, opened, sessionsOf, pinned, store);
      if (note !== undefined) notes.set(source.id, note);
    } finally {
      opened.close();
    }
  }
  return notes;
}

/** The drawn sessions that a record is told in. */
function membership(chosen: readonly ChosenSession[]): (record: EvidenceRecord) => readonly string[] {
  const sessions = new Set(chosen.map(({ session }) => session));
  const users = Map.groupBy(chosen, ({ approval }) => approval);
  return ({ type, session, data }) => {
    const own = [session, textAt(data, 'session')].filter((id) => id !== undefined && sessions.has(id));
    const approval = type.startsWith('approval.') ? textAt(data, 'approval') : undefined;
    const using = approval === undefined ? [] : (users.get(approval) ?? []).map((each) => each.session);
    return [...new Set([...own, ...using])].filter((id) => id !== undefined);
  };
}

interface Drawn {
  readonly sessions: readonly string[];
  readonly record: EvidenceRecord;
  /** Among those that are left, and among all. */
  readonly row: number;
  readonly place: number;
  readonly leaf: Uint8Array;
}

/** Values wait in the store, not here: a session may have megabytes of sealed parts. */
function drawFrom(
  ledger: string,
  opened: OpenedLedger,
  sessionsOf: (record: EvidenceRecord) => readonly string[],
  pinned: readonly NoteKey[],
  store: EvidenceStore,
): string | undefined {
  const pruned = parsePruned(opened.pruned());
  let tree = new ProofTree(oneShotHash);
  let row = 0;
  const drawn: Drawn[] = [];
  for (const { value } of opened.rows()) {
    // Record 0 stays when those behind it go.
    if (row === 1 && pruned !== undefined) tree = new ProofTree(oneShotHash, pruned.tree);
    const bytes = value instanceof Uint8Array ? value : new Uint8Array(0);
    const leaf = leafOf(oneShotHash, bytes);
    const record = readEvidenceRecord(ledger, bytes);
    const sessions = record === undefined ? [] : sessionsOf(record);
    if (record !== undefined && sessions.length > 0) drawn.push({ sessions, record, row, place: tree.size, leaf });
    tree.append(leaf);
    row++;
  }
  if (drawn.length === 0) return undefined;
  const newest = newestCheckpoint(ledger, opened, pinned);
  const proofs = drawn.map((each) => prove(tree, each, newest?.checkpoint));
  storeValues(ledger, opened, drawn, proofs, store);
  return newest?.note;
}

interface Proven {
  readonly proof: readonly Uint8Array[];
  readonly proven: boolean;
}

/** The place that the record itself names is what is proven: one that lies elsewhere is not. */
function prove(tree: ProofTree, { record, place, leaf }: Drawn, checkpoint: SignedCheckpoint | undefined): Proven {
  const size = checkpoint?.size ?? 0;
  if (checkpoint === undefined || place < tree.from || place >= size || size > tree.size)
    return { proof: [], proven: false };
  const proof = tree.inclusion(place, size);
  const root = exactBase64(checkpoint.root) ?? new Uint8Array(0);
  const isIncluded = verifyInclusion(oneShotHash, { leaf, index: record.seq, size, root }, proof);
  return { proof, proven: checkpoint.isSigned && isIncluded };
}

type SignedCheckpoint = Checkpoint & { readonly isSigned: boolean };

/** By the key of the run, which a trusted key certified: else it says nothing, and is given all the same. */
function newestCheckpoint(ledger: string, opened: OpenedLedger, pinned: readonly NoteKey[]) {
  const ports = { hash: oneShotHash, signatures: ed25519 };
  const { certificates, tips } = opened.sealRows();
  const found = tips[0]?.note;
  const note = parseNote(found);
  const checkpoint = note && parseCheckpoint(note);
  if (typeof found !== 'string' || !note || checkpoint?.ledger !== ledger) return undefined;
  const sealed = openCertificate({ ...ports, ledger, pinned }, certificates[0]?.note);
  const isSigned = typeof sealed !== 'string' && isSignedBy(ports, note, sealed.certificate.key);
  return { note: found, checkpoint: { ...checkpoint, isSigned } };
}

function storeValues(
  ledger: string,
  opened: OpenedLedger,
  drawn: readonly Drawn[],
  proofs: readonly Proven[],
  store: EvidenceStore,
): void {
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  let next = 0;
  let row = 0;
  for (const { value } of opened.rows()) {
    const [each, proven] = [drawn[next], proofs[next]];
    if (each === undefined || proven === undefined) return;
    if (row++ !== each.row) continue;
    next++;
    const { record } = each;
    const cells = {
      time: record.time,
      ledger,
      seq: record.seq,
      type: record.type,
      says: recordSays(record),
      proven: proven.proven,
      value: value instanceof Uint8Array ? utf8.decode(value) : '',
      proof: JSON.stringify(proven.proof.map((node) => toBase64(node, true))),
    } satisfies Omit<SampledRecord, 'session'>;
    for (const session of each.sessions) store.sampled({ session, ...cells });
  }
}

export const sampleFile = (session: string): string => `sample/${session}.json`;

/** What a verifier needs of one drawn session, a record at a time. */
export function sampleFiles(chosen: readonly ChosenSession[], notes: Notes, store: EvidenceStore): readonly PackFile[] {
  return chosen.map(({ session }) => ({ name: sampleFile(session), content: () => sampleJson(session, notes, store) }));
}

function* sampleJson(session: string, notes: Notes, store: EvidenceStore): Generator<string> {
  const ledgers = store.rows('SELECT DISTINCT ledger FROM sampled WHERE session = ? ORDER BY ledger', session);
  const checkpoints = [...ledgers.rows()].flatMap(([ledger]) => {
    if (typeof ledger !== 'string') return [];
    const note = notes.get(ledger);
    return note === undefined ? [] : [{ ledger, note }];
  });
  yield `{"v":1,"session":${JSON.stringify(session)},"checkpoints":${JSON.stringify(checkpoints)},"records":[`;
  let separator = '\n';
  for (const { ledger, seq, value, proof } of sampledOf(session, store)) {
    yield `${separator}{"ledger":${JSON.stringify(ledger)},"seq":${seq},"value":${JSON.stringify(value)},"proof":${proof}}`;
    separator = ',\n';
  }
  yield '\n]}\n';
}

/** One after the other: what a person reads of each. */
export function timelinesOf(chosen: readonly ChosenSession[], store: EvidenceStore): readonly Timeline[] {
  return chosen.map(({ session }) => {
    const steps: Step[] = [];
    let says = 'no record of its end';
    for (const { time, type, says: step, ledger, seq, proven } of sampledOf(session, store)) {
      steps.push({ time, type, says: step, ledger, seq, proven });
      if (isSessionEnd(type)) says = step;
    }
    return { session, says, steps, file: sampleFile(session) };
  });
}

function* sampledOf(session: string, store: EvidenceStore): Generator<SampledRecord> {
  for (const row of store.stored('SELECT * FROM sampled WHERE session = ? ORDER BY time, ledger, seq', session)) {
    yield {
      session,
      time: String(row['time']),
      ledger: String(row['ledger']),
      seq: Number(row['seq']),
      type: String(row['type']),
      says: String(row['says']),
      proven: row['proven'] === 1,
      value: String(row['value']),
      proof: String(row['proof']),
    };
  }
}
