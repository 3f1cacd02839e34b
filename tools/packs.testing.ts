/** A pack of real ledgers, and what somebody does to a copy of it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { sessionOf } from '@countersign/adapters/evidence/population.testing.ts';
import { systemHash } from '@countersign/adapters/process/system.ts';
import { stageEvidence } from '@countersign/cli/evidence/stage.testing.ts';
import { packNoteText } from '@countersign/core/evidence/pack-note.ts';
import { type NoteKey, writeNote } from '@countersign/core/ledger/notes/note.ts';
import type { KeyProvider } from '@countersign/core/ports.ts';
import { SecondVerifier, skipWithoutPython } from './verifiers.testing.ts';

export function copyOf(pack: string, t: { after(cleanUp: () => void): void }): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-pack-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const copy = path.join(folder, 'pack');
  fs.cpSync(pack, copy, { recursive: true });
  return copy;
}

export const filesOf = (pack: string): readonly string[] =>
  fs
    .readdirSync(pack, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.lstatSync(path.join(pack, name)).isFile())
    .toSorted();

export const sampleOf = (pack: string, n: number): string => path.join(pack, 'sample', `${sessionOf(n)}.json`);

export function alter(file: string, change: (text: string) => string): void {
  const text = fs.readFileSync(file, 'utf8');
  assert.notEqual(change(text), text, 'it changes something');
  fs.writeFileSync(file, change(text));
}

/** What somebody does who knows how a pack is made. */
export function redoSums(pack: string): Buffer {
  const names = filesOf(pack).filter((name) => name !== 'SHA256SUMS' && name !== 'pack.note');
  const lines = names.map((name) => {
    const bytes = fs.readFileSync(path.join(pack, name));
    return `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`;
  });
  fs.writeFileSync(path.join(pack, 'SHA256SUMS'), lines.join(''));
  return createHash('sha256').update(lines.join('')).digest();
}

export async function resign(pack: string, key: KeyProvider): Promise<void> {
  const [, from = '', to = '', made = ''] = fs.readFileSync(path.join(pack, 'pack.note'), 'utf8').split('\n');
  const text = packNoteText({ from, to, made, sums: redoSums(pack) });
  fs.writeFileSync(
    path.join(pack, 'pack.note'),
    writeNote(systemHash, text, key.key, await key.sign(Buffer.from(text))),
  );
}

/** A pack of real ledgers, exported once for a file of tests, and the second verifier to ask of copies of it. */
export function packStage() {
  const cleanUps: (() => void)[] = [];
  const second = skipWithoutPython === false ? new SecondVerifier() : undefined;
  let staged: Awaited<ReturnType<typeof stageEvidence>> | undefined;
  const stage = () => staged ?? assert.fail('the pack is not there yet');
  before(async () => {
    staged = await stageEvidence({ after: (cleanUp) => cleanUps.push(cleanUp) });
    await staged.exportPack();
  });
  after(() => {
    second?.close();
    for (const cleanUp of cleanUps) cleanUp();
  });
  return {
    stage,
    async verify(pack: string, pinned: readonly NoteKey[] = [stage().keys.key]) {
      const { exitCode = -1, reasons: found = [] } = (await second?.askPack(pack, pinned)) ?? {};
      return { exitCode, found };
    },
  };
}
