/** Part 3: what this pack is evidence for, in numbers, and what it is not. */
import { beyond, controls } from './control-list.ts';
import { column, fact, listed, tableOf } from './gather/cells.ts';
import type { Part } from './report.ts';

export interface EvidenceCounts {
  readonly ledgers: number;
  readonly records: number;
  readonly checkpoints: number;
  readonly findings: number;
  readonly gaps: number;
  readonly degraded: number;
  readonly pinnedKeys: number;
  /** Absent: no anchor was given. */
  readonly anchoredLedgers: number | undefined;
  readonly sessions: number;
  readonly denied: number;
  readonly callers: number;
  readonly strangers: number;
  readonly endpoints: number;
  readonly countedRefusals: number;
  readonly maskedValues: number;
  readonly sealedSessions: number;
  readonly truncatedBodies: number;
  readonly approved: number;
  readonly violations: number;
  readonly policyChanges: number;
  readonly revealed: number;
  readonly retentionClasses: number;
  readonly holds: number;
  readonly shredded: number;
  readonly sampled: number;
  readonly sampledProven: number;
  /** Absent: no access log was given, or it could not be reconciled. */
  readonly reconciled: { readonly requests: number; readonly unexplained: number } | undefined;
}

export function controlsPart(counts: EvidenceCounts): Part {
  const judged = controls.map((control) => ({ ...control, is: control.coverage(counts) }));
  const covered = judged.filter(({ is }) => is === 'covered').length;
  return {
    id: 'controls',
    title: 'Controls that this is evidence for',
    verdict: 'told',
    says: `${covered} of ${judged.length} controls covered by what is here, the others in part or not; what is not covered is listed.`,
    text: [
      'Countersign does not, by itself, satisfy any standard, and nobody certifies against examiner guidance. This table says where a reader finds evidence for what a rule asks, and how much of it there is in this period. It is a help to read, not a judgement of law: whether a control applies, and whether this is enough, is for the institution and its examiner to say.',
      'Covered means: of calls that came to this gateway, in this period, and as far as part 2 and part 10 say that the records are whole.',
    ],
    facts: [fact('Controls', judged.length), fact('Covered', covered)],
    tables: [
      tableOf(
        {
          name: 'controls',
          title: 'Controls',
          says: 'What is asked is in our words; read the source.',
          columns: [
            column('source', 'Source'),
            column('reference', 'Reference'),
            column('asks', 'What it asks'),
            column('coverage', 'Here'),
            column('evidence', 'In numbers'),
            column('why', 'Why not more'),
            column('see', 'See', 'file'),
            column('also', 'Also', 'file'),
          ],
          none: 'None.',
        },
        listed(
          judged.map(({ source, reference, asks, is, evidence, why, see, also }) => [
            source,
            reference,
            asks,
            is,
            evidence(counts),
            why,
            `#${see}`,
            also === undefined ? undefined : `#${also}`,
          ]),
        ),
      ),
      tableOf(
        {
          name: 'not_covered',
          title: 'Not covered',
          says: 'What no number of these records shows, and where it can be shown.',
          columns: [column('what', 'What'), column('why', 'Why'), column('where', 'Where to ask')],
          none: 'Nothing.',
        },
        listed(beyond),
      ),
    ],
    timelines: [],
    signOffs: [],
  };
}
