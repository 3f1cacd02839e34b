/** Part 9: sessions that a seed drew, each from its first record to its last. */
import type { Part, Timeline } from '../report.ts';
import { column, fact, listed, tableOf } from './cells.ts';

export interface SampleTold {
  readonly seed: string;
  readonly asked: number;
  readonly population: number;
  readonly timelines: readonly Timeline[];
}

export const isProven = ({ steps }: Timeline): boolean => steps.length > 0 && steps.every(({ proven }) => proven);

export function samplePart({ seed, asked, population, timelines }: SampleTold): Part {
  const proven = timelines.filter(isProven).length;
  const isWhole = proven === timelines.length;
  return {
    id: 'sample',
    title: 'Sample',
    verdict: timelines.length === 0 ? 'told' : isWhole ? 'fine' : 'attention',
    says: `${timelines.length} of ${population} sessions drawn; every record proven in ${proven} of them.`,
    text: [
      `Drawn by the seed “${seed}”: sessions in the order of SHA-256(seed ‖ session), both as UTF-8, lowest first, the first ${asked} of those that ended in the period. Whoever has the seed and the ids (csv/sessions.csv) draws the same: printf '%s%s' SEED SESSION | sha256sum. A sample that nobody could steer has a seed that was not chosen by who is examined.`,
      'Proven: an inclusion proof (RFC 6962) leads from the record to the root of the newest checkpoint of its ledger, which the key of the run signed, which a long-term key certified: a pinned one, if there was one. The file of a session has all that is needed to verify it again.',
      'Records of other calls stand in a timeline where they are about this one: what was asked and decided of an approval that it used, and who opened its payload.',
    ],
    facts: [
      fact('Seed', seed),
      fact('Asked for', asked),
      fact('Sessions to draw from', population),
      fact('Drawn', timelines.length),
    ],
    tables: [
      tableOf(
        {
          name: 'sample',
          title: 'Sampled sessions',
          says: 'In the order in which they were drawn.',
          columns: [
            column('session', 'Session', 'code'),
            column('says', 'What it was'),
            column('records', 'Records', 'number'),
            column('proven', 'Proven', 'number'),
            column('file', 'Records and proofs', 'file'),
          ],
          none: 'No session was drawn.',
        },
        listed(
          timelines.map(({ session, says, steps, file }) => [
            session,
            says,
            steps.length,
            steps.filter((step) => step.proven).length,
            file,
          ]),
        ),
      ),
    ],
    timelines,
    signOffs: [],
  };
}
