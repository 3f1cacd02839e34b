/** A report with something of everything, as a quarter of a small bank could give it; and the same with other texts in it. */

import type { Cell, EvidenceReport, Fact, Part, Table, Timeline } from './report.ts';
import { integrityToControls } from './report-first.testing.ts';
import { sampleToExceptions } from './report-last.testing.ts';
import { blocksToChanges, invocationsAndData } from './report-middle.testing.ts';
import { made, part } from './report-pieces.testing.ts';

const cover: Part = part('cover', 'Cover', 'attention', 'Parts 8 and 10 need attention.', {
  text: [
    'What this gateway recorded in the period, and what follows from it. Every statement is computed from the records in this pack; none is typed by hand.',
  ],
  facts: [
    { name: 'Scope', value: 'All endpoints of /etc/countersign, 4 ledgers of 2 replicas' },
    { name: 'Asked for by', value: 'uid 1004 (audit) on gw-1' },
    { name: 'Reason', value: 'Quarterly review, ticket AUD-2214' },
    { name: 'Configuration', value: 'sha256:7d0f6c2f3f7c2a9e4b1f1f7c55b04f4d9f0c8a4f7e9be8f3a3f0c4d2b1a09e6d' },
    {
      name: 'Long-term key',
      value: 'bank.internal/countersign+1c7f3a90+AYq3mS0mVbq0u2k3n4c1yF3k6J0q8dXo0Yw5m3bT5o2E',
      verdict: 'fine',
    },
  ],
});

export const sampleReport: EvidenceReport = {
  title: 'Inference gateway, third quarter of 2026',
  made,
  period: { from: '2026-07-01T00:00:00.000Z', to: '2026-10-01T00:00:00.000Z' },
  result: {
    verdict: 'attention',
    says: 'The trail is whole and unaltered. Two parts need attention: 3 requests of Envoy have no session, and one policy change has no second approver.',
  },
  parts: [cover, ...integrityToControls, ...invocationsAndData, ...blocksToChanges, ...sampleToExceptions],
};

/** Texts that act, if anything lets them. */
export const hostileTexts: readonly string[] = [
  '</style><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '<!--',
  '-->]]><![CDATA[',
  '</title></textarea></table></section>',
  '&lt;b&gt; &#60;i&#62; &amp &copy',
  'javascript:alert(1)',
  '\u202egnp.exe\u202c \u2066isolated',
  'zero\u200bwidth \u200d\ufeff\u00ad\u3164',
  'lone \ud800 and \udc00 surrogates',
  'bell \u0007 escape \u001b[2J nul \u0000 delete \u007f',
  'line\nbreak\r\nand\rreturn\u2028separator',
  '\ttab first',
  '=HYPERLINK("https://attacker.example","click")',
  '+1',
  '-1',
  '@SUM(A1)',
  " '=1",
  "''",
  '\uff1d1+1',
  '\n=1',
  ' =1',
  'a,b;c "quoted" \\ back',
  '',
  ' ',
  'W'.repeat(3000),
  'A reason that goes on. '.repeat(100),
  'e\u0301\u0302\u0303\u0304\u0305',
  '\u05d0\u05d1\u05d2 right to left',
  '{{x}} $& $1 %s',
];

/** The same report with every free text of it replaced. Names of tables and files stay: they are ours. */
export function withTexts(report: EvidenceReport, change: (text: string) => string): EvidenceReport {
  return {
    title: change(report.title),
    made: change(report.made),
    period: { from: change(report.period.from), to: change(report.period.to) },
    result: { ...report.result, says: change(report.result.says) },
    parts: report.parts.map((one) => ({
      ...one,
      title: change(one.title),
      says: change(one.says),
      text: one.text.map(change),
      facts: one.facts.map((fact): Fact => ({ ...fact, name: change(fact.name), value: change(fact.value) })),
      tables: one.tables.map((table) => tableWith(table, change)),
      timelines: one.timelines.map((timeline) => timelineWith(timeline, change)),
      signOffs: one.signOffs.map(change),
    })),
  };
}

function tableWith(table: Table, change: (text: string) => string): Table {
  const cellWith = (cell: Cell): Cell => (typeof cell === 'string' ? change(cell) : cell);
  return {
    ...table,
    title: change(table.title),
    says: change(table.says),
    none: change(table.none),
    columns: table.columns.map((column) => ({ ...column, title: change(column.title) })),
    *rows() {
      for (const row of table.rows()) yield row.map(cellWith);
    },
  };
}

const timelineWith = (timeline: Timeline, change: (text: string) => string): Timeline => ({
  ...timeline,
  session: change(timeline.session),
  says: change(timeline.says),
  steps: timeline.steps.map((step) => ({
    ...step,
    time: change(step.time),
    type: change(step.type),
    says: change(step.says),
    ledger: change(step.ledger),
  })),
});
