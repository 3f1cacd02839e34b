/** Ledgers as one file of JSON lines, which a verifier can walk without SQLite. docs/ledger-format.md, "Bundle". */
import type { LedgerSource, ReplicaSource } from './ledger-sources.ts';

const header = { bundle: 'countersign ledgers v1' };
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Lines of every ledger, as they are found: whether they are right is for a verifier to say.
 *
 * @throws when one cannot be read, or holds what no line can carry
 */
export function* bundleLines(replicas: readonly ReplicaSource[]): Generator<string> {
  const count = { ledgers: 0, records: 0 };
  yield line(header);
  for (const source of replicas.flatMap((replica) => replica.ledgers())) {
    count.ledgers++;
    for (const each of ledgerLines(source)) {
      if ('record' in each) count.records++;
      yield line(each);
    }
  }
  yield line({ end: count });
}

function* ledgerLines(source: LedgerSource): Generator<object> {
  const opened = source.open();
  try {
    const { certificates, tips, published } = opened.sealRows();
    yield { ledger: source.id, certificate: certificates[0]?.note, tip: tips[0]?.note, pruned: opened.pruned() };
    for (const { note } of published) yield { checkpoint: note };
    for (const { value } of opened.rows()) {
      if (!(value instanceof Uint8Array)) throw new TypeError(`${source.file}: a value that is no bytes`);
      yield { record: utf8.decode(value) };
    }
  } finally {
    opened.close();
  }
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;
