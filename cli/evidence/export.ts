/** `countersign evidence export`: gathered, printed, written, signed, recorded, and only then named. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Gathered, gather } from '@countersign/adapters/evidence/gather.ts';
import { readPolicyFiles } from '@countersign/adapters/files/config-files.ts';
import { assertNewFolder, type WrittenPack, writePackFolder } from '@countersign/adapters/files/pack-folder.ts';
import { createLedgerKey } from '@countersign/adapters/keys/ledger-key.ts';
import { createPolicyPorts } from '@countersign/adapters/process/policy-ports.ts';
import { systemClock, systemHash } from '@countersign/adapters/process/system.ts';
import { version } from '@countersign/adapters/process/version.ts';
import { toHex } from '@countersign/core/bytes.ts';
import type { PackFile } from '@countersign/core/evidence/pack-file.ts';
import { packNoteText } from '@countersign/core/evidence/pack-note.ts';
import { printReport } from '@countersign/core/evidence/print.ts';
import type { EvidenceReport } from '@countersign/core/evidence/report.ts';
import { formatNoteKey, writeNote } from '@countersign/core/ledger/notes/note.ts';
import type { DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { loadPolicy } from '@countersign/core/policy/load.ts';
import type { KeyProvider } from '@countersign/core/ports.ts';
import { assertRecordable, operator, readKey, withOwnLedger } from '../ledger/own-ledger.ts';
import { checkedReason } from '../ledger/reason.ts';
import { readTrust } from '../ledger/trust.ts';
import { UsageError } from '../up/configuration.ts';
import { assertElsewhere } from './place.ts';
import { readmeText } from './readme.ts';
import type { EvidenceSource } from './source.ts';
import { verifierFiles } from './verifier-files.ts';

export interface ExportRequest {
  /** The folder of the ledgers of the configuration, or Kafka. */
  readonly from: EvidenceSource;
  /** Folder of the configuration. */
  readonly config: string;
  readonly out: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly logs: readonly string[];
  readonly others: readonly string[];
  readonly anchor?: string | undefined;
  readonly keys: readonly string[];
  readonly sample: number;
  readonly seed?: string | undefined;
  readonly reason: string;
}

export interface Exported {
  readonly report: EvidenceReport;
  readonly pack: WrittenPack;
  readonly counts: Gathered['counts'];
  readonly seed: string;
  /** Verifier key that pack.note is signed by. */
  readonly key: string;
}

const seedBytes = 16;

/**
 * @param say how far it is
 * @throws UsageError, PackFolderError, and what a log or a ledger that cannot be read throws: there is no pack then
 */
export async function exportEvidence(
  request: ExportRequest,
  configuration: Configuration,
  say: (progress: string) => void,
): Promise<Exported> {
  const reason = checkedReason(request.reason);
  const key = createLedgerKey(readKey(configuration.keys.ledger));
  assertPlace(request, configuration);
  const { fromMs, toMs, seed = randomBytes(seedBytes).toString('hex') } = request;
  const madeMs = systemClock.now();
  const period = { from: isoTime(fromMs), to: isoTime(toMs), made: isoTime(madeMs) };
  const gathered = await gatherFor({ ...request, seed, reason }, madeMs, configuration, say);
  try {
    const { report, counts } = gathered;
    const pack = await writePackFolder({
      out: request.out,
      files: filesOf(gathered, period),
      sign: (sums) => signedNote(key, packNoteText({ ...period, sums })),
      release: ({ sums }) => recordExport({ ...period, counts, sums, reason }, configuration),
      onProgress: (bytes) => say(`${(bytes / 1e6).toFixed(1)} MB written`),
    });
    return { report, pack, counts, seed, key: formatNoteKey(systemHash, key.key) };
  } finally {
    gathered.close();
  }
}

/** What would be refused at the end is refused at once. */
function assertPlace({ from, out, anchor, fromMs, toMs }: ExportRequest, configuration: Configuration): void {
  const { directory } = configuration.ledger;
  if (fromMs >= toMs) throw new UsageError(`--from ${isoTime(fromMs)} is not before --to ${isoTime(toMs)}`);
  assertRecordable(configuration);
  if (!from.sources().some((replica) => replica.ledgers().length > 0))
    throw new UsageError(`${from.origin.name} holds no ledger`);
  assertElsewhere(out, { 'the folder of the ledgers': directory, '--anchor': anchor });
  assertNewFolder(out);
}

async function gatherFor(
  {
    config,
    from,
    fromMs,
    toMs,
    logs,
    others,
    anchor,
    keys,
    sample,
    seed,
    reason,
  }: ExportRequest & { readonly seed: string },
  madeMs: number,
  configuration: Configuration,
  say: (progress: string) => void,
): Promise<Gathered> {
  const { user, uid } = operator();
  return gather({
    sources: from.sources,
    origin: from.origin,
    trust: readTrust({ key: keys, ...(anchor !== undefined && { anchor }) }),
    ...(anchor !== undefined && { anchorFolder: anchor }),
    fromMs,
    toMs,
    logs,
    others: new Set(others),
    sample,
    seed,
    madeMs,
    version,
    requester: `${user} (uid ${uid})`,
    reason,
    ...(await revisionOf(config, configuration)),
    onProgress: (n, what) => say(`${n} ${what}`),
  });
}

/** What decides now, for whoever holds it against what decided then. Where the policy is kept elsewhere, nothing is said of it. */
async function revisionOf(config: string, { credentials }: Configuration): Promise<{ readonly configDigest?: string }> {
  const files = await readPolicyFiles(join(config, 'policy'));
  if (!files.ok) return {};
  const loaded = loadPolicy(files.value, { credentials: credentials.map(({ name }) => name) }, createPolicyPorts());
  return loaded.ok ? { configDigest: loaded.value.revision } : {};
}

interface Period {
  readonly from: string;
  readonly to: string;
  readonly made: string;
}

function* filesOf(gathered: Gathered, period: Period): Generator<PackFile> {
  yield { name: 'README.txt', content: () => [readmeText(period)] };
  yield* printReport(systemHash, gathered.report);
  yield* gathered.files();
  yield* verifierFiles();
}

async function signedNote({ key, sign }: KeyProvider, text: string): Promise<string> {
  return writeNote(systemHash, text, key, await sign(new TextEncoder().encode(text)));
}

interface Export extends Period {
  readonly counts: Gathered['counts'];
  readonly sums: Uint8Array;
  readonly reason: string;
}

async function recordExport({ from, to, counts, sums, reason }: Export, configuration: Configuration): Promise<void> {
  const exported: DraftOf<'evidence.exported'> = {
    type: 'evidence.exported',
    time: isoTime(systemClock.now()),
    data: { from, to, ...counts, pack: toHex(sums), reason, operator: operator() },
  };
  await withOwnLedger(configuration, (record) => record(exported));
}
