/** What `evidence export` did, for a person and as one JSON document. */
import { resolve } from 'node:path';
import { toHex } from '@countersign/core/bytes.ts';
import { counted } from '@countersign/core/evidence/gather/cells.ts';
import type { Part } from '@countersign/core/evidence/report.ts';
import { printable } from '../terminal-text.ts';
import type { Exported } from './export.ts';

/** The cover says what the others say. */
const toLookAt = ({ report }: Exported): readonly Part[] =>
  report.parts.filter(({ id, verdict }) => id !== 'cover' && verdict === 'attention');

/** 0: nothing in the report needs attention. */
export const exitCodeOf = (exported: Exported): 0 | 1 =>
  exported.report.result.verdict === 'attention' || toLookAt(exported).length > 0 ? 1 : 0;

export function exportText(exported: Exported, out: string): string {
  const { report, pack, counts, seed, key } = exported;
  const place = resolve(out);
  return [
    `exported  ${place}: ${pack.files} files, ${(pack.bytes / 1e6).toFixed(1)} MB`,
    `period    ${report.period.from} to ${report.period.to}: ${counted(counts.sessions, 'session')}, ${counted(counts.ledgers, 'ledger')}`,
    `seed      ${seed}`,
    `recorded  evidence.exported, with the SHA-256 of SHA256SUMS: ${toHex(pack.sums)}`,
    `result    ${report.result.says}`,
    ...toLookAt(exported).map(({ title, says }) => `ATTENTION ${title}: ${says}`),
    'To check it offline, with the key as somebody outside the operation wrote it down:',
    `  python3 ${place}/verify/verify.py --pack ${place} --key '${key}'`,
  ]
    .map((line) => printable(line))
    .join('\n');
}

export function exportJson(exported: Exported, out: string): object {
  const { report, pack, counts, seed, key } = exported;
  return {
    exit_code: exitCodeOf(exported),
    out: resolve(out),
    period: report.period,
    made: report.made,
    result: report.result,
    attention: toLookAt(exported).map(({ id, title, says }) => ({ part: id, title, says })),
    ...counts,
    files: pack.files,
    bytes: pack.bytes,
    pack: toHex(pack.sums),
    seed,
    key,
  };
}
