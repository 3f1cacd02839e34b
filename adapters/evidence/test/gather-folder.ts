/** Gathers from a folder of ledgers in a process of its own, whose heap can be bounded: `gather-folder.ts FOLDER`. */
import { directorySources } from '../../sqlite/ledger-sources.ts';
import { gather } from '../gather.ts';

const [directory = ''] = process.argv.slice(2);
const pack = await gather({
  sources: () => directorySources(directory),
  origin: { name: 'a folder', says: [], findings: [], moreFindings: 0 },
  trust: { pinned: [], anchor: undefined },
  fromMs: 0,
  toMs: Date.UTC(2100, 0, 1),
  logs: [],
  others: new Set(),
  sample: 5,
  seed: 'spring',
  madeMs: Date.UTC(2100, 0, 1),
  version: '0.0.0-test',
  requester: 'ada',
  reason: 'yearly examination',
  onProgress: () => undefined,
});
const count = { sessions: 0, bytes: 0 };
for (const { tables } of pack.report.parts) {
  for (const { name, rows } of tables) for (const _ of rows()) if (name === 'sessions') count.sessions++;
}
for (const { content } of pack.files()) for (const piece of content()) count.bytes += piece.length;
pack.close();
process.stdout.write(JSON.stringify(count));
