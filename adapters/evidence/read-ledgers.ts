/** Every record of the snapshot, once, into the store; and what there is of each ledger beside its records. */

import type { EvidencePeriod } from '@countersign/core/evidence/gather/evidence-record.ts';
import { readEvidenceRecord } from '@countersign/core/evidence/gather/evidence-record.ts';
import { type EvidenceSink, sortRecord } from '@countersign/core/evidence/gather/sort-record.ts';
import { parseCheckpoint } from '@countersign/core/ledger/notes/checkpoint.ts';
import { parseNote } from '@countersign/core/ledger/notes/note.ts';
import type { LedgerSource } from '../sqlite/ledger-sources.ts';

export interface LedgerRead {
  /** Published ones. */
  readonly checkpoints: number;
  /** Records that the newest signature covers, by its own word. */
  readonly newest: number | undefined;
  /** Records that cannot be told. */
  readonly unread: number;
}

const progressEvery = 4096;

export function readLedgers(
  ledgers: readonly LedgerSource[],
  period: EvidencePeriod,
  sink: EvidenceSink,
  onProgress: (records: number) => void,
): ReadonlyMap<string, LedgerRead> {
  let records = 0;
  const onRecord = (): void => {
    if (++records % progressEvery === 0) onProgress(records);
  };
  return new Map(ledgers.map((source) => [source.id, readLedger(source, period, sink, onRecord)]));
}

function readLedger(
  source: LedgerSource,
  period: EvidencePeriod,
  sink: EvidenceSink,
  onRecord: () => void,
): LedgerRead {
  const opened = source.open();
  try {
    const { tips, published } = opened.sealRows();
    let checkpoints = 0;
    for (const _ of published) checkpoints++;
    let unread = 0;
    for (const { value } of opened.rows()) {
      onRecord();
      const record = readEvidenceRecord(source.id, value);
      if (record === undefined) unread++;
      else sortRecord(record, period, sink);
    }
    const note = parseNote(tips[0]?.note);
    return { checkpoints, newest: note && parseCheckpoint(note)?.size, unread };
  } finally {
    opened.close();
  }
}
