/** Rows of notes where there is nothing beside a note that could differ from it: bundles, and Kafka. */
import { parseCertificate } from '@countersign/core/ledger/notes/certificate.ts';
import { parseCheckpoint } from '@countersign/core/ledger/notes/checkpoint.ts';
import { parseNote } from '@countersign/core/ledger/notes/note.ts';
import { oneShotHash } from './one-shot-hash.ts';

export function certificateRow(found: unknown) {
  const note = parseNote(found);
  return { counter: note && parseCertificate(oneShotHash, note)?.counter, note: found };
}

export function checkpointRow(found: unknown) {
  const note = parseNote(found);
  return { size: note && parseCheckpoint(note)?.size, note: found };
}
