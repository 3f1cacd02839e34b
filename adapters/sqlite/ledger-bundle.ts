/** Ledgers as one file of JSON lines, which a verifier can walk without SQLite. docs/ledger-format.md, "Bundle". */
import { type LedgerFilePlace, listLedgerFiles, listReplicas } from './ledger-directory.ts';
import { LedgerReader } from './ledger-reader.ts';

const header = { bundle: 'countersign ledgers v1' };
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Lines of every ledger below the directory, as they are found: whether they are right is for a verifier to say.
 *
 * @throws when a file cannot be read, or holds what no line can carry
 */
export function* bundleLines(directory: string): Generator<string> {
  const count = { ledgers: 0, records: 0 };
  yield line(header);
  for (const place of listReplicas(directory).flatMap(listLedgerFiles)) {
    count.ledgers++;
    for (const each of ledgerLines(place)) {
      if ('record' in each) count.records++;
      yield line(each);
    }
  }
  yield line({ end: count });
}

function* ledgerLines(place: LedgerFilePlace): Generator<object> {
  const reader = new LedgerReader(place);
  try {
    reader.beginSnapshot();
    const { certificates, tips, published } = reader.sealRows();
    yield { ledger: place.id, certificate: certificates[0]?.note, tip: tips[0]?.note, pruned: reader.pruned() };
    for (const { note } of published) yield { checkpoint: note };
    for (const { value } of reader.rows()) {
      if (!(value instanceof Uint8Array)) throw new TypeError(`${place.file}: a value that is no bytes`);
      yield { record: utf8.decode(value) };
    }
  } finally {
    reader.close();
  }
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;
