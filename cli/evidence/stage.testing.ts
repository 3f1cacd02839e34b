/** A configuration with real ledgers, and the export of a pack from it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey } from '@countersign/adapters/keys/key-file.ts';
import { createLedgerKey } from '@countersign/adapters/keys/ledger-key.ts';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { openLedger } from '@countersign/adapters/sqlite/ledger.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { readConfiguration } from '../up/configuration.ts';
import { type ExportPorts, type ExportRequest, exportEvidence } from './export.ts';
import { standInFor } from './stand-in.testing.ts';

export const sessionOf = (n: number): string => `01M83J0V1F${String(n).padStart(16, '0')}`;

export interface Stage {
  readonly folder: string;
  readonly out: string;
  readonly request: ExportRequest;
}

/** Two runs of one replica, with sessions of which one ends in the second run. */
export async function stageEvidence(t: { after(cleanUp: () => void): void }, sessions = 20) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-export-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'countersign.yaml'), 'issuers: [{ issuer: "https://idp.bank.test", audience: a }]\n');
  for (const name of ['keys', 'ledger']) mkdirSync(join(folder, name), { mode: 0o700 });
  const keys = createLedgerKey(createKey(join(folder, 'keys/ledger.key')));
  const configuration = readConfiguration(folder);
  const { directory } = configuration.ledger;
  const silent = (): void => undefined;
  const run = () =>
    openLedger({
      directory,
      service: 'proc-service',
      replica: 'p1',
      clock: systemClock,
      ids: createIds(),
      partitions: 4,
      version: '0.0.0-test',
      keys,
      onFatal: (error) => {
        throw error;
      },
      log: { info: silent, warn: silent, error: silent },
    });
  const time = isoTime(systemClock.now());
  const record = (type: 'session.opened' | 'session.closed', n: number) =>
    ({ type, session: sessionOf(n), time, data: { n, subject: 'ana' } }) as const;
  const first = await run();
  for (let n = 0; n < sessions; n++)
    await first.append([record('session.opened', n), ...(n === 1 ? [] : [record('session.closed', n)])]);
  await first.close('done');
  const second = await run();
  await second.append([record('session.opened', sessions), record('session.closed', sessions)]);
  await second.close('done');
  const out = join(folder, 'pack');
  const request: ExportRequest = {
    config: folder,
    out,
    fromMs: 0,
    toMs: systemClock.now() + 1000,
    logs: [],
    others: [],
    keys: [],
    sample: 3,
    reason: 'the examiner asked',
  };
  const ports: ExportPorts = {
    gather: standInFor(directory, keys.key, [sessionOf(0), sessionOf(1), sessionOf(sessions)]),
    printReport: () => [{ name: 'report.html', content: () => ['<p>a page</p>'] }],
    say: silent,
  };
  const exportPack = (asked: Partial<ExportRequest> = {}, given: Partial<ExportPorts> = {}) =>
    exportEvidence({ ...request, ...asked }, configuration, { ...ports, ...given });
  return { folder, out, directory, keys, request, configuration, exportPack };
}
