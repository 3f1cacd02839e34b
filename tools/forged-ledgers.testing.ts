/** What somebody does who knows the format, has a key of their own, or has the host's. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { change, type Evidence, key, otherKey, recordsOfTheSecond, write, writeRun } from './evidence.testing.ts';
import { certifyAnew, rewriteFrom, signAnew } from './forgeries.testing.ts';
import { type Case, last, middle, second } from './mutations.testing.ts';

const secondId = ({ ledgers }: Evidence): string => ledgers[1]?.id ?? '';

export const forgedLedgers: readonly Case[] = [
  {
    what: 'a record and all that follows from it',
    exitCode: 10,
    reason: 'root_differs',
    harm: (e) => rewriteFrom(second(e), middle, (value) => value.replace('ana', 'eve')),
  },
  {
    what: 'the last record and its leaf',
    exitCode: 10,
    reason: 'root_differs',
    harm: (e) => rewriteFrom(second(e), last, (value) => value.replace('done', 'gone')),
  },
  {
    what: 'a tail cut',
    exitCode: 11,
    reason: 'tail_cut',
    harm: (e) => change(second(e), `DELETE FROM record WHERE seq >= ${middle}`),
  },
  {
    what: 'a tail cut, signed by another key',
    exitCode: 13,
    reason: 'checkpoint_forged',
    harm(e) {
      change(second(e), `DELETE FROM record WHERE seq >= ${middle}`);
      signAnew(second(e), secondId(e));
    },
  },
  {
    what: 'a tail cut, signed by a key that another long-term key certified',
    exitCode: 13,
    reason: 'issuer_changed',
    async harm(e) {
      change(second(e), `DELETE FROM record WHERE seq >= ${middle}`);
      await certifyAnew(second(e), secondId(e), otherKey);
    },
  },
  {
    what: 'a record rewritten and signed by a key that another long-term key certified',
    exitCode: 13,
    reason: 'certificate_forged',
    trust: 'pinned',
    async harm(e) {
      rewriteFrom(second(e), middle, (value) => value.replace('ana', 'eve'));
      await certifyAnew(second(e), secondId(e), otherKey);
    },
  },
  {
    what: 'a record rewritten with the host’s own long-term key',
    exitCode: 13,
    reason: 'certificate_differs',
    trust: 'pinned',
    async harm(e) {
      rewriteFrom(second(e), middle, (value) => value.replace('ana', 'eve'));
      await certifyAnew(second(e), secondId(e), key);
    },
  },
  {
    what: 'the newest ledger rewritten with the host’s own long-term key, and every witness with it',
    exitCode: 13,
    reason: 'anchored_certificate_differs',
    trust: 'anchored',
    async harm(e) {
      const [, , third] = e.ledgers;
      fs.rmSync(path.join(e.directory, 'proc-service', 'p2'), { recursive: true });
      rewriteFrom(third?.file ?? '', 3, (value) => value.replace('ana', 'eve'));
      await certifyAnew(third?.file ?? '', third?.id ?? '', key);
    },
  },
  {
    what: 'a whole ledger replaced by one of another key',
    exitCode: 13,
    reason: 'certificate_forged',
    trust: 'pinned',
    harm: (e) => replaceWhole(e),
  },
  {
    what: 'a whole ledger replaced by another one of the replica',
    exitCode: 12,
    reason: 'no_certificate',
    harm: (e) => fs.copyFileSync(e.ledgers[0]?.file ?? '', second(e)),
  },
  { what: 'an epoch left out', exitCode: 11, reason: 'ledger_missing', harm: (e) => fs.rmSync(second(e)) },
  {
    what: 'the newest epoch left out',
    exitCode: 11,
    reason: 'witnessed_ledger_missing',
    harm: (e) => fs.rmSync(e.ledgers[2]?.file ?? ''),
  },
  {
    what: 'a rollback of everything to a backup',
    exitCode: 11,
    reason: 'anchored_ledger_missing',
    trust: 'anchored',
    harm(e) {
      fs.rmSync(e.ledgers[2]?.file ?? '');
      fs.rmSync(path.join(e.directory, 'proc-service', 'p2'), { recursive: true });
    },
  },
  {
    what: 'a rollback of everything, and a run of the host after it',
    exitCode: 11,
    reason: 'anchored_ledger_missing',
    trust: 'anchored',
    async harm(e) {
      fs.rmSync(e.ledgers[2]?.file ?? '');
      fs.rmSync(path.join(e.directory, 'proc-service', 'p2'), { recursive: true });
      await writeRun(await write({ directory: e.directory, replica: 'p1' }), 20);
    },
  },
  {
    what: 'the replica gone with all its ledgers',
    exitCode: 11,
    reason: 'anchored_ledger_missing',
    trust: 'anchored',
    harm: (e) => fs.rmSync(path.join(e.directory, 'proc-service', 'p1'), { recursive: true }),
  },
  {
    what: 'an anchored checkpoint altered',
    exitCode: 13,
    reason: 'anchor_forged',
    trust: 'anchored',
    harm(e) {
      const folder = path.join(e.anchor, secondId(e));
      const [name = ''] = fs.readdirSync(folder).filter((each) => /^0+1/.test(each));
      const note = fs.readFileSync(path.join(folder, name), 'utf8');
      fs.rmSync(path.join(folder, name));
      fs.writeFileSync(path.join(folder, name), note.replace('\n1', '\n2'));
    },
  },
];

async function replaceWhole(e: Evidence): Promise<void> {
  const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-forged-'));
  const [first] = e.ledgers;
  const folder = path.join(elsewhere, 'proc-service', 'p1');
  fs.mkdirSync(folder, { recursive: true });
  fs.copyFileSync(first?.file ?? '', path.join(folder, path.basename(first?.file ?? '')));
  const forged = await write({ directory: elsewhere, replica: 'p1', keys: otherKey, ulid: path.basename(secondId(e)) });
  await writeRun(forged, recordsOfTheSecond);
  fs.copyFileSync(forged.file, second(e));
  fs.rmSync(elsewhere, { recursive: true });
}
