/** What a verifier can find wrong, and the exit code that says so. */

/**
 * The kinds in the order of their weight: the first one found gives the exit code.
 * `index` is a searchable copy of a field that differs from the record itself: the record is what counts.
 */
const weighedKinds = [
  { kind: 'fork', exitCode: 12 },
  { kind: 'signature', exitCode: 13 },
  { kind: 'altered', exitCode: 10 },
  { kind: 'gap', exitCode: 11 },
  { kind: 'index', exitCode: 10 },
  { kind: 'unreadable', exitCode: 2 },
  { kind: 'not_closed', exitCode: 14 },
] as const;
export type FindingKind = (typeof weighedKinds)[number]['kind'];

export const findingReasons = {
  repeated_seq: { kind: 'fork', says: 'a second record claims this place' },
  two_successors: { kind: 'fork', says: 'two ledgers claim to follow the same one' },
  two_beginnings: { kind: 'fork', says: 'a later ledger claims to be the first of its replica' },
  no_certificate: { kind: 'signature', says: 'no certificate says which key signs it' },
  certificate_forged: { kind: 'signature', says: 'its certificate is not signed by the key that is trusted' },
  certificate_differs: { kind: 'signature', says: 'its certificate does not follow the one of the ledger before' },
  issuer_changed: {
    kind: 'signature',
    says: 'another long-term key certifies it than the ledger before; pin both if you know why',
  },
  no_checkpoint: { kind: 'signature', says: 'there is no checkpoint of its last records' },
  checkpoint_forged: { kind: 'signature', says: 'a checkpoint is not signed by the key of its run' },
  anchored_certificate_differs: { kind: 'signature', says: 'its certificate is not the one that was anchored' },
  anchor_forged: { kind: 'signature', says: 'the anchor holds a checkpoint that is not signed by the key of the run' },
  leaf_differs: { kind: 'altered', says: 'the record is not the one that was hashed' },
  prev_differs: { kind: 'altered', says: 'the record before is not the one this one was written after' },
  seq_differs: { kind: 'altered', says: 'the record gives a sequence number that is not its own' },
  pseq_differs: { kind: 'altered', says: 'the number within its topic does not follow' },
  reordered: { kind: 'altered', says: 'the record lies after records that were written later' },
  not_utf8: { kind: 'altered', says: 'the bytes are not UTF-8' },
  not_json: { kind: 'altered', says: 'the bytes are not JSON' },
  not_canonical: { kind: 'altered', says: 'the bytes are not in canonical form' },
  not_a_record: { kind: 'altered', says: 'the members are not those of a record' },
  wrong_ledger: { kind: 'altered', says: 'the record belongs to another ledger' },
  no_opening: { kind: 'altered', says: 'the first record is not ledger.opened' },
  record_after_close: { kind: 'altered', says: 'the record was written after ledger.closed' },
  root_differs: { kind: 'altered', says: 'the records up to here are not those that a checkpoint was signed for' },
  anchor_differs: { kind: 'altered', says: 'the records up to here are not those of an anchored checkpoint' },
  witness_differs: {
    kind: 'altered',
    says: 'the records up to here are not those that another replica saw a checkpoint of',
  },
  records_unsigned: { kind: 'altered', says: 'records follow the last one that its newest checkpoint covers' },
  previous_root_differs: { kind: 'altered', says: 'its records are not those that the next ledger names the root of' },
  records_after_successor: { kind: 'altered', says: 'it has more records than the next ledger names' },
  pruned_differs: {
    kind: 'altered',
    says: 'what stands for the records that were pruned does not fit what is left, or what was signed',
  },
  schema_differs: { kind: 'altered', says: 'the file has tables, views or triggers that no writer makes' },
  records_missing: { kind: 'gap', says: 'records are missing' },
  pruned_unrecorded: { kind: 'gap', says: 'records are missing: they were pruned, and no record here says so' },
  no_records: { kind: 'gap', says: 'there is no record' },
  tail_missing: { kind: 'gap', says: 'records at the end are missing: the next ledger names more' },
  tail_cut: { kind: 'gap', says: 'records at the end are missing: a signed checkpoint covers more' },
  checkpoints_missing: { kind: 'gap', says: 'published checkpoints are missing' },
  anchored_more: { kind: 'gap', says: 'records at the end are missing: an anchored checkpoint covers more' },
  witnessed_more: {
    kind: 'gap',
    says: 'records at the end are missing: another replica saw a checkpoint that covers more',
  },
  witnessed_ledger_missing: { kind: 'gap', says: 'the ledger is missing: another replica saw a checkpoint of it' },
  anchored_ledger_missing: { kind: 'gap', says: 'the ledger is missing: the anchor has a checkpoint of it' },
  ledger_missing: { kind: 'gap', says: 'the ledger before is missing' },
  column_differs: { kind: 'index', says: 'the searchable copy of a field differs from the record' },
  index_damaged: {
    kind: 'index',
    says: 'the indexes of the file do not agree with its records: lookups may miss some',
  },
  unreadable: { kind: 'unreadable', says: 'the file cannot be read' },
  not_closed: { kind: 'not_closed', says: 'it has no ledger.closed, no ledger follows it and nobody is writing it' },
  session_without_end: { kind: 'not_closed', says: 'the session was opened here and no record ends it' },
} as const satisfies Readonly<Record<string, { readonly kind: FindingKind; readonly says: string }>>;
export type FindingReason = keyof typeof findingReasons;

export interface Finding {
  /** Ledger id, as the file's place says it. */
  readonly ledger: string;
  /** Where: the place of the record, or the first of several. Absent: the ledger as a whole. */
  readonly seq?: number;
  readonly reason: FindingReason;
  /** A name or a number that helps to look: the column, the last missing seq, a session. Never content of a record. */
  readonly detail?: string;
}

export const kindOfReason = (reason: FindingReason): FindingKind => findingReasons[reason].kind;

export function kindOf(finding: Finding): FindingKind {
  return kindOfReason(finding.reason);
}

/** 0 when nothing was found. */
export function exitCodeOf(findings: readonly Finding[]): number {
  const found = new Set(findings.map(kindOf));
  return weighedKinds.find(({ kind }) => found.has(kind))?.exitCode ?? 0;
}
