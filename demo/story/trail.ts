import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../model/json.ts';
import { approvalReason, bulkRows } from './approvals.ts';
import { must, type Stage, type Step, step } from './stage.ts';

export const trailVerified = (stage: Stage): Promise<Step> =>
  step('countersign ledger verify, while it is written', 'exit 0', () => verified(stage, stage.ledger));

export const closedTrailVerified = (stage: Stage): Promise<Step> =>
  step('the gateway is ended; verified again', 'exit 0, every ledger closed', async () => {
    await stage.endGateway();
    return verified(stage, stage.ledger);
  });

/** Alters a copy; the trail itself is left alone. */
export const alteredTrailCaught = (stage: Stage): Promise<Step> =>
  step('one byte changed in a copy of the trail', 'exit 0 before, exit 10 after', async () => {
    const copy = join(stage.scratch, 'altered');
    cpSync(stage.ledger, copy, { recursive: true });
    await verified(stage, copy);
    changeOneByte(copy);
    const { code, stdout, stderr } = await stage.operator.verify(copy);
    must(code === 10, `exit ${code} ${(stderr || stdout).slice(0, 160)}`);
    return 'exit 0, then exit 10: altered';
  });

async function verified(stage: Stage, ledger: string): Promise<string> {
  const { code, stdout, stderr } = await stage.operator.verify(ledger);
  must(code === 0, `exit ${code} ${(stderr || stdout).slice(0, 160)}`);
  return `exit 0, ${ledgerFiles(ledger).length} ledgers`;
}

export const sessionShown = (stage: Stage, session: string): Promise<Step> =>
  step('countersign session show', 'who, what, which rule, who approved, digests, outcome', async () => {
    must(session !== '', 'there is no session to show');
    const { code, stdout, stderr } = await stage.operator.showSession(session);
    must(code === 0, `exit ${code} ${stderr.slice(0, 160)}`);
    const shown: unknown = JSON.parse(stdout);
    const expected = {
      session,
      'identity.subject': 'ana',
      'decision.rule': 'bulk-needs-a-second-person',
      'approval.votes.0.subject': 'rex',
      'approval.votes.0.reason': approvalReason,
      'masking.response.counts.us_ssn': bulkRows,
      outcome: 'completed',
    };
    for (const [path, value] of Object.entries(expected)) {
      must(at(shown, path) === value, `${path} is ${JSON.stringify(at(shown, path))}`);
    }
    for (const path of ['digests.request', 'digests.released', 'times.started', 'times.ended']) {
      must(typeof at(shown, path) === 'string', `${path} is missing`);
    }
    return `${session}: ana, held, approved by rex, completed`;
  });

const shownFields =
  /^(state|identity\.subject|endpoint\.name|request\.facts\.rows|decision\.(rule|because)|masking\.response\.counts\S*|response\.status|times\.(started|ended)|approval\.(requested|decided|consumed)|digests\.\S+) /;

/** What a person would look at first of `countersign session show`. */
export async function sessionExcerpt(stage: Stage, session: string): Promise<string> {
  const lines = (await stage.operator.printSession(session)).stdout.trimEnd().split('\n');
  const excerpt = lines.filter((line) => shownFields.test(line));
  return `countersign session show ${session} (${excerpt.length} of ${lines.length} lines)\n${excerpt.join('\n')}`;
}

/** The value at a path of keys and indexes, `votes.0.subject`. */
function at(value: unknown, path: string): unknown {
  let found = value;
  for (const key of path.split('.')) {
    if (Array.isArray(found)) found = found[Number(key)];
    else found = isObject(found) ? found[key] : undefined;
  }
  return found;
}

function ledgerFiles(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.db'));
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
