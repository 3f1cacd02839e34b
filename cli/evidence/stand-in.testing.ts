/** A real ledger's bundle and samples, with a report that says little: what a pack is made of, for tests of the pack. */
import type { Gathered, GatherOptions } from '@countersign/adapters/evidence/gathered.ts';
import { systemHash } from '@countersign/adapters/process/system.ts';
import { bundleLines } from '@countersign/adapters/sqlite/ledger-bundle.ts';
import { toBase64 } from '@countersign/core/base64.ts';
import type { PackFile } from '@countersign/core/evidence/pack-file.ts';
import type { EvidenceReport, Verdict } from '@countersign/core/evidence/report.ts';
import { leafOf } from '@countersign/core/ledger/chain.ts';
import { parseCheckpoint } from '@countersign/core/ledger/notes/checkpoint.ts';
import { formatNoteKey, type NoteKey, parseNote } from '@countersign/core/ledger/notes/note.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { ProofTree } from '@countersign/core/ledger/tree/proof-tree.ts';

export function standInFor(directory: string, key: NoteKey, sampled: readonly string[], verdict: Verdict = 'fine') {
  return async ({ sources, madeMs, fromMs, toMs }: GatherOptions): Promise<Gathered> => {
    const ledgers = sources().flatMap((replica) => replica.ledgers());
    const report: EvidenceReport = {
      title: 'a test',
      made: isoTime(madeMs),
      period: { from: isoTime(fromMs), to: isoTime(toMs) },
      result: { verdict, says: 'what came out' },
      parts: [],
    };
    const files = (): readonly PackFile[] => [
      { name: 'records.jsonl', content: () => bundleLines(directory) },
      { name: 'keys/ledger.vkey', content: () => [`${formatNoteKey(systemHash, key)}\n`] },
      ...sampled.map((session) => ({ name: `sample/${session}.json`, content: () => sampleLines(session, ledgers) })),
    ];
    return { report, counts: { sessions: 3, ledgers: ledgers.length }, files, close: () => undefined };
  };
}

type Ledgers = ReturnType<ReturnType<GatherOptions['sources']>[number]['ledgers']>;

function sampleLines(session: string, ledgers: Ledgers): readonly string[] {
  const checkpoints: object[] = [];
  const records: object[] = [];
  for (const source of ledgers) {
    const opened = source.open();
    const note = opened.sealRows().tips[0]?.note;
    const size = parseCheckpoint(parseNote(note) ?? { text: '', signatures: [] })?.size;
    const values = [...opened.rows()].flatMap(({ value }) => (value instanceof Uint8Array ? [value] : []));
    const tree = new ProofTree(systemHash);
    for (const value of values) tree.append(leafOf(systemHash, value));
    const own = [...values.entries()]
      .map(([seq, value]) => ({ seq, value: Buffer.from(value).toString() }))
      .filter(({ value }) => JSON.parse(value).session === session);
    if (own.length > 0) checkpoints.push({ ledger: source.id, note });
    for (const { seq, value } of own) {
      const proof = tree.inclusion(seq, size).map((node) => toBase64(node, true));
      records.push({ ledger: source.id, seq, value, proof });
    }
    opened.close();
  }
  const head = `{"v":1,"session":"${session}","checkpoints":${JSON.stringify(checkpoints)},"records":[\n`;
  return [head, records.map((record) => JSON.stringify(record)).join(',\n'), '\n]}\n'];
}
