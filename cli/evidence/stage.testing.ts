/** A configuration with real ledgers, and the export of a pack from it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderAnchor } from '@countersign/adapters/anchor/folder.ts';
import { beginMs, refused, scored } from '@countersign/adapters/evidence/population.testing.ts';
import { ledgerKeyForTests } from '@countersign/adapters/keys/test/ledger-key.ts';
import { open } from '@countersign/adapters/sqlite/test/ledgers.ts';
import type { Publication } from '@countersign/core/ledger/publication.ts';
import { readConfiguration } from '../up/configuration.ts';
import { type ExportRequest, exportEvidence } from './export.ts';
import { folderSource } from './source.ts';

const allOfThem = 1000;

/** Two runs of one replica, and their anchor, with a session that began in the first and has its end in the second. */
export async function stageEvidence(t: { after(cleanUp: () => void): void }, sessions = 6) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-export-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'countersign.yaml'), 'issuers: [{ issuer: "https://idp.bank.test", audience: a }]\n');
  for (const name of ['keys', 'ledger']) mkdirSync(join(folder, name), { mode: 0o700 });
  // The bytes of ledgerKeyForTests.
  writeFileSync(join(folder, 'keys/ledger.key'), `${Buffer.alloc(32, 1).toString('base64url')}\n`, { mode: 0o600 });
  const configuration = readConfiguration(folder);
  const { directory } = configuration.ledger;
  const published: Publication[] = [];
  const onPublished = (publication: Publication): void => void published.push(publication);
  const first = await open(directory, { onPublished });
  for (let n = 0; n < sessions; n++) await first.append(scored(n));
  await first.append([...scored(sessions).slice(0, 1), refused(sessions + 1)]);
  await first.close('done');
  const second = await open(directory, { onPublished });
  await second.append(scored(sessions + 2));
  await second.close('done');
  const anchor = join(folder, 'anchor');
  const kept = createFolderAnchor(anchor);
  for (const publication of published) await kept.keep(publication);
  const out = join(folder, 'pack');
  const request: ExportRequest = {
    from: folderSource(directory),
    config: folder,
    out,
    fromMs: beginMs,
    toMs: beginMs + 365 * 86_400_000,
    logs: [],
    others: [],
    keys: [],
    sample: allOfThem,
    reason: 'the examiner asked',
  };
  const exportPack = (asked: Partial<ExportRequest> = {}) =>
    exportEvidence({ ...request, ...asked }, configuration, () => undefined);
  return { folder, out, anchor, directory, keys: ledgerKeyForTests, configuration, exportPack };
}
