/** Where ledgers lie: `<directory>/<service>/<replica>/<ULID>.db`, readable by their writer's user alone. */
import fs from 'node:fs';
import path from 'node:path';
import { isUlid, isWriterName, ledgerId } from '@countersign/core/ledger/ledger-id.ts';

const extension = '.db';
/** The service whose ledgers commands write. */
export const commandService = 'cli';

export interface LedgerFilePlace {
  readonly id: string;
  readonly file: string;
}

export interface ReplicaPlace {
  readonly service: string;
  readonly replica: string;
  readonly directory: string;
}

/** What ids of its ledgers begin with: the `replicaOf` of them. */
export const replicaName = ({ service, replica }: Pick<ReplicaPlace, 'service' | 'replica'>): string =>
  `${service}/${replica}`;

export function replicaPlace(directory: string, service: string, replica: string): ReplicaPlace {
  return { service, replica, directory: path.resolve(directory, service, replica) };
}

export function ledgerFilePlace({ service, replica, directory }: ReplicaPlace, ulid: string): LedgerFilePlace {
  return { id: ledgerId(service, replica, ulid), file: path.join(directory, `${ulid}${extension}`) };
}

/** `<ULID>.acks.db`, beside the ledger: a ledger's file has one writer, and the spool is not it. */
export function acknowledgementsFile(ledgerFile: string): string {
  return `${ledgerFile.slice(0, -extension.length)}.acks${extension}`;
}

/** The ledgers of a replica, oldest first; none when it has no folder. */
export function listLedgerFiles(place: ReplicaPlace): readonly LedgerFilePlace[] {
  return namesIn(place.directory)
    .filter((name) => name.endsWith(extension) && isUlid(name.slice(0, -extension.length)))
    .map((name) => ledgerFilePlace(place, name.slice(0, -extension.length)));
}

/** Every replica below the directory, by name. @throws when the directory itself cannot be read */
export function listReplicas(directory: string): readonly ReplicaPlace[] {
  const services = fs.readdirSync(directory).filter(isWriterName).toSorted();
  return services.flatMap((service) => listReplicasOf(directory, service));
}

/** Every replica of one service, by name; none when it has no folder. */
export function listReplicasOf(directory: string, service: string): readonly ReplicaPlace[] {
  return namesIn(path.join(directory, service))
    .filter(isWriterName)
    .map((replica) => replicaPlace(directory, service, replica))
    .filter((place) => fs.statSync(place.directory, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

/** Creates what is missing, 0700, and makes every new name durable. */
export function makeDirectory(directory: string): void {
  if (fs.existsSync(directory)) return;
  const parent = path.dirname(directory);
  makeDirectory(parent);
  fs.mkdirSync(directory, { mode: 0o700, recursive: true });
  syncDirectory(parent);
}

/** A new name in a directory survives a power cut only once the directory itself was synced. */
export function syncDirectory(directory: string): void {
  const descriptor = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return fs.readdirSync(directory).toSorted();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
