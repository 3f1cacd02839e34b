import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { must, type Stage, type Step, step } from './stage.ts';

export const trailVerified = (stage: Stage): Promise<Step> =>
  step('countersign ledger verify', 'exit 0', async () => {
    const { code, stdout, stderr } = await stage.operator.verify(stage.ledger);
    must(code === 0, `exit ${code} ${(stderr || stdout).slice(0, 160)}`);
    return `exit 0, ${ledgerFiles(stage.ledger).length} ledgers`;
  });

/** Alters a copy; the trail itself is left alone. */
export const alteredTrailCaught = (stage: Stage): Promise<Step> =>
  step('one byte changed in a copy of the trail', 'exit 10', async () => {
    const copy = join(stage.scratch, 'altered');
    await copyLedgers(stage.ledger, copy);
    const whole = await stage.operator.verify(copy);
    must(whole.code === 0, `the untouched copy: exit ${whole.code} ${whole.stderr.slice(0, 160)}`);
    changeOneByte(copy);
    const altered = await stage.operator.verify(copy);
    must(altered.code === 10, `exit ${altered.code} ${(altered.stderr || altered.stdout).slice(0, 160)}`);
    return 'exit 10: altered';
  });

export const sessionShown = (stage: Stage, session: string): Promise<Step> =>
  step('countersign session show', 'who, what, which rule, who approved, digests, outcome', async () => {
    must(session !== '', 'there is no session to show');
    const { code, stdout, stderr } = await stage.operator.showSession(session);
    must(code === 0, `exit ${code} ${stderr.slice(0, 160)}`);
    const shown = JSON.stringify(JSON.parse(stdout));
    const wanted = [session, '"ana"', '"rex"', 'bulk-needs-a-second-person', 'Quarterly review', 'digest'];
    const missing = wanted.filter((word) => !shown.includes(word));
    must(missing.length === 0, `not in it: ${missing.join(', ')}`);
    return `${session}: ana, held by bulk-needs-a-second-person, approved by rex`;
  });

function ledgerFiles(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.db'));
}

/** Copies ledgers that are being written: SQLite's own backup, because a plain copy could miss what is still in the WAL. */
async function copyLedgers(from: string, to: string): Promise<void> {
  for (const path of ledgerFiles(from)) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    const source = new DatabaseSync(join(from, path), { readOnly: true });
    await backup(source, join(to, path));
    source.close();
  }
}

/** One letter of the caller's group, inside a record, in the file itself: what somebody with a hex editor would do. */
function changeOneByte(directory: string): void {
  const word = Buffer.from('credit-analysts');
  const paths = ledgerFiles(directory).map((path) => join(directory, path));
  for (const path of paths.sort((left, right) => statSync(right).size - statSync(left).size)) {
    const bytes = readFileSync(path);
    const at = bytes.lastIndexOf(word);
    if (at === -1) continue;
    bytes.write('k', at);
    writeFileSync(path, bytes);
    return;
  }
  throw new Error('no ledger names credit-analysts');
}
