/**
 * The signed side of one ledger: is its run certified by a key that is trusted, and is every checkpoint signed by that run? What the
 * checkpoints say is compared with the records elsewhere (heads.ts).
 */
import type { Hash, Signatures } from '../ports.ts';
import type { FindingList } from './finding-list.ts';
import type { Head } from './heads.ts';
import { type Certificate, certificateHash, parseCertificate } from './notes/certificate.ts';
import { type Checkpoint, parseCheckpoint } from './notes/checkpoint.ts';
import { isSignedBy, type Note, type NoteKey, parseNote } from './notes/note.ts';

/** Rows of a ledger file beside its records, as they were found: anything at all in a file that was tampered with. */
export interface SealRows {
  /** One. */
  readonly certificates: readonly { readonly counter: unknown; readonly note: unknown }[];
  /** One: the checkpoint of the last commit. */
  readonly tips: readonly { readonly size: unknown; readonly note: unknown }[];
  /** By size. */
  readonly published: Iterable<{ readonly number: unknown; readonly size: unknown; readonly note: unknown }>;
  /** The tip is only the newest one that was published: as long as the ledger is not closed, records may follow it. */
  readonly tipIsPublished?: boolean;
}

/** What an anchor has of the ledger. */
export interface AnchoredNotes {
  readonly certificate: unknown;
  /** By size. */
  readonly checkpoints: Iterable<{ readonly size: number; readonly note: unknown }>;
}

/** What is said of the ledger outside of its own file. */
export interface OtherHeads {
  readonly anchored: AnchoredNotes | undefined;
  /** By size. */
  readonly witnessed: Iterable<Head>;
}

export interface SealPorts {
  readonly hash: Hash;
  readonly signatures: Signatures;
}

export interface SealOptions extends SealPorts {
  readonly ledger: string;
  /** Long-term keys that somebody pinned. None: the key that a certificate itself names is taken at its word. */
  readonly pinned: readonly NoteKey[];
  readonly findings: FindingList;
}

/** A certificate whose signature holds. */
export interface SealedCertificate {
  readonly certificate: Certificate;
  readonly note: Note;
  /** What the next one names as `previous`. */
  readonly hash: string;
}

/** @returns undefined when it is none, is of another ledger, or when no key that is trusted signed it */
export function openCertificate(
  { hash, signatures, ledger, pinned }: Omit<SealOptions, 'findings'>,
  found: unknown,
): SealedCertificate | 'no_certificate' | 'certificate_forged' {
  const note = parseNote(found);
  const certificate = note && parseCertificate(hash, note);
  if (!note || certificate?.ledger !== ledger) return 'no_certificate';
  const trusted = pinned.length === 0 ? [certificate.issuer] : pinned;
  if (!trusted.some((key) => isSignedBy({ hash, signatures }, note, key))) return 'certificate_forged';
  return { certificate, note, hash: certificateHash(hash, note.text) };
}

export class SealVerifier {
  readonly sealed: SealedCertificate | undefined;
  readonly #options: SealOptions;
  readonly #rows: SealRows;
  readonly #others: OtherHeads;
  readonly #tip: Checkpoint | undefined;
  #published = { count: 0, size: 0 };

  constructor(options: SealOptions, rows: SealRows, others: OtherHeads) {
    this.#options = options;
    this.#rows = rows;
    this.#others = others;
    this.sealed = this.#openCertificate();
    this.#tip = this.#openTip();
  }

  /** All that is vouched for, smallest first. Signatures are verified on the way. */
  heads(): Iterable<Head> {
    const own = merged(this.#publishedHeads(), this.#tipHeads());
    return merged(merged(own, this.#anchoredHeads()), this.#others.witnessed);
  }

  /** After the heads were walked to their end. */
  end({ records, closed }: { readonly records: number; readonly closed: boolean }): void {
    const { findings } = this.#options;
    const mayFollow = this.#rows.tipIsPublished === true && !closed;
    if (this.#tip && this.#tip.size < records && !mayFollow) findings.report('records_unsigned', this.#tip.size);
    const { count, size } = this.#published;
    const isLastMissing = closed && this.#tip !== undefined && size < this.#tip.size;
    if (count === 0 || isLastMissing) findings.report('checkpoints_missing', undefined, `from number ${count}`);
  }

  #openCertificate(): SealedCertificate | undefined {
    const { findings } = this.#options;
    const [row, ...more] = this.#rows.certificates;
    const opened = openCertificate(this.#options, more.length === 0 ? row?.note : undefined);
    if (typeof opened === 'string') {
      findings.report(opened);
      return undefined;
    }
    if (row?.counter !== opened.certificate.counter)
      findings.report('column_differs', undefined, 'certificate.counter');
    return opened;
  }

  #openTip(): Checkpoint | undefined {
    const { findings } = this.#options;
    const [row, ...more] = this.#rows.tips;
    const tip = more.length === 0 ? this.#open(row?.note, this.sealed) : 'no_checkpoint';
    if (typeof tip === 'string') {
      findings.report(tip);
      return undefined;
    }
    if (tip && row?.size !== tip.size) findings.report('column_differs', undefined, 'tip.size');
    return tip;
  }

  /** undefined: nobody can say whether it is signed, and that is told already. */
  #open(
    found: unknown,
    sealed: SealedCertificate | undefined,
  ): Checkpoint | 'no_checkpoint' | 'checkpoint_forged' | undefined {
    const note = parseNote(found);
    const checkpoint = note && parseCheckpoint(note);
    if (!note || !checkpoint || checkpoint.ledger !== this.#options.ledger) return 'no_checkpoint';
    if (sealed === undefined) return undefined;
    return isSignedBy(this.#options, note, sealed.certificate.key) ? checkpoint : 'checkpoint_forged';
  }

  *#publishedHeads(): Generator<Head> {
    const { findings } = this.#options;
    for (const { number, size, note } of this.#rows.published) {
      const { count, size: before } = this.#published;
      const checkpoint = this.#open(note, this.sealed);
      if (number !== count) findings.report('checkpoints_missing', undefined, `from number ${count}`);
      this.#published = { count: typeof number === 'number' ? number + 1 : count + 1, size: before };
      if (checkpoint === undefined) continue;
      if (typeof checkpoint === 'string') {
        findings.report('checkpoint_forged', typeof size === 'number' ? size - 1 : undefined);
        continue;
      }
      if (checkpoint.size !== size || size <= before) findings.report('column_differs', undefined, 'checkpoint.size');
      if (checkpoint.size <= before) continue;
      this.#published = { ...this.#published, size: checkpoint.size };
      yield { size: checkpoint.size, root: checkpoint.root, by: 'checkpoint' };
    }
  }

  *#tipHeads(): Generator<Head> {
    if (this.#tip) yield { size: this.#tip.size, root: this.#tip.root, by: 'checkpoint' };
  }

  *#anchoredHeads(): Generator<Head> {
    if (this.#others.anchored === undefined) return;
    const { findings } = this.#options;
    const { certificate, checkpoints } = this.#others.anchored;
    const sealed = openCertificate(this.#options, certificate);
    if (typeof sealed === 'string') return findings.report('anchor_forged');
    if (this.sealed && this.sealed.hash !== sealed.hash) findings.report('anchored_certificate_differs');
    for (const { size, note } of checkpoints) {
      const checkpoint = this.#open(note, sealed);
      if (typeof checkpoint === 'object' && checkpoint.size === size) {
        yield { size, root: checkpoint.root, by: 'anchor' };
      } else findings.report('anchor_forged', size - 1);
    }
  }
}

/** Two sorted series as one. */
function* merged(a: Iterable<Head>, b: Iterable<Head>): Generator<Head> {
  const left = a[Symbol.iterator]();
  const right = b[Symbol.iterator]();
  let first = left.next();
  let second = right.next();
  while (first.done !== true || second.done !== true) {
    if (second.done === true || (first.done !== true && first.value.size <= second.value.size)) {
      if (first.done !== true) yield first.value;
      first = left.next();
    } else {
      yield second.value;
      second = right.next();
    }
  }
}
