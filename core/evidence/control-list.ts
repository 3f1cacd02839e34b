/** What rules and guidance ask for that a gateway can be evidence of. Sections only, where a paragraph was not confirmed. */
import type { EvidenceCounts } from './controls.ts';
import type { PartId } from './report.ts';

/** `covered`: as far as what came to this gateway goes, and on the day that the pack is of. */
export type Coverage = 'covered' | 'partly' | 'not covered';

export interface Control {
  readonly source: string;
  readonly reference: string;
  readonly asks: string;
  readonly coverage: (counts: EvidenceCounts) => Coverage;
  /** In numbers. */
  readonly evidence: (counts: EvidenceCounts) => string;
  /** Why no more than this, or what it rests on. */
  readonly why: string;
  readonly see: PartId;
  readonly also?: PartId;
}

const ffiec = 'FFIEC IT Examination Handbook';
const nist = 'NIST SP 800-53 Rev. 5';

const always = (coverage: Coverage) => (): Coverage => coverage;
const wholeIf =
  (holds: (counts: EvidenceCounts) => boolean) =>
  (counts: EvidenceCounts): Coverage =>
    holds(counts) ? 'covered' : 'partly';

const isWhole = ({ findings, gaps, degraded }: EvidenceCounts): boolean => findings + gaps + degraded === 0;
const isTrusted = (counts: EvidenceCounts): boolean =>
  isWhole(counts) && counts.pinnedKeys > 0 && counts.anchoredLedgers !== undefined;
const isReconciled = ({ reconciled }: EvidenceCounts): boolean =>
  reconciled !== undefined && reconciled.unexplained === 0;

const reconciledSays = ({ reconciled }: EvidenceCounts): string =>
  reconciled === undefined
    ? 'not reconciled with an access log'
    : `${reconciled.requests} requests reconciled, ${reconciled.unexplained} unexplained`;
const approvalsSay = ({ approved, violations }: EvidenceCounts): string =>
  `${approved} approvals given, ${violations} without separate duties`;

export const controls: readonly Control[] = [
  {
    source: `${ffiec}, Information Security`,
    reference: 'II.C.22 Log Management',
    asks: 'Logs are kept, protected from change and from access, and have room, so that there are no gaps.',
    coverage: always('partly'),
    evidence: (c) => `${c.records} records in ${c.ledgers} ledgers, ${c.findings} findings, ${c.gaps} gaps declared`,
    why: 'Integrity and gaps are shown. Access to where logs lie, their encryption at rest, write-once storage and retention of the archive are not.',
    see: 'integrity',
    also: 'access',
  },
  {
    source: `${ffiec}, Architecture, Infrastructure, and Operations (2021)`,
    reference: 'Booklet',
    asks: 'Assets and data flows are known; changes are managed.',
    coverage: always('partly'),
    evidence: (c) => `${c.policyChanges} changes of policy, ${c.endpoints} endpoints in use`,
    why: 'Which endpoints and models were called, and which policy was in force when. The inventory itself, and who agreed to a change, are kept elsewhere.',
    see: 'changes',
    also: 'invocations',
  },
  {
    source: 'FFIEC, Authentication and Access to Financial Institution Services and Systems (2021)',
    reference: 'Guidance',
    asks: 'Employees, third parties, service accounts and systems are authenticated as their risk asks; access is monitored and logged.',
    coverage: always('partly'),
    evidence: (c) =>
      `${c.callers} callers identified, ${c.strangers} sessions of nobody, ${c.countedRefusals} refusals counted`,
    why: 'Who called, by which issuer, is in each record. How strong a login has to be, and who has an account, is decided by the identity provider.',
    see: 'invocations',
    also: 'blocks',
  },
  {
    source: nist,
    reference: 'AU-3 Content of audit records',
    asks: 'Type, time, place, source, outcome, identity.',
    coverage: always('covered'),
    evidence: (c) => `${c.sessions} sessions`,
    why: 'Each end of a session has all six. Route, cluster and listener are in the access log of Envoy.',
    see: 'invocations',
    also: 'sample',
  },
  {
    source: nist,
    reference: 'AU-5 Response to audit logging process failures',
    asks: 'Somebody is alerted, and something is done, when records cannot be written.',
    coverage: always('partly'),
    evidence: (c) => `${c.degraded} times a writer stopped taking records, ${c.gaps} gaps declared`,
    why: 'Calls are refused while nothing can be recorded, and the gap is declared. Whether anybody was alerted is in the monitoring.',
    see: 'integrity',
  },
  {
    source: nist,
    reference: 'AU-6 Audit record review, analysis, and reporting',
    asks: 'Records are reviewed regularly, and findings reported.',
    coverage: always('partly'),
    evidence: () => 'this report',
    why: 'It is something to review and to sign; that somebody does it, and how often, is not in it.',
    see: 'exceptions',
  },
  {
    source: nist,
    reference: 'AU-7 Audit record reduction and report generation',
    asks: 'Reports that do not alter what they report, nor its order in time.',
    coverage: always('covered'),
    evidence: (c) => `${c.sampled} sessions sampled, proven whole: ${c.sampledProven}`,
    why: 'The records are in the pack as they were verified; every table is made of them.',
    see: 'sample',
    also: 'integrity',
  },
  {
    source: nist,
    reference: 'AU-8 Time stamps',
    asks: 'Times from the clock of the system, in UTC or with a fixed offset, of a stated granularity.',
    coverage: always('partly'),
    evidence: (c) => `${c.records} records, RFC 3339 in UTC to the millisecond`,
    why: 'That the clocks of the hosts were right is not recorded. An RFC 3161 time stamp of an anchored checkpoint says that it existed by then.',
    see: 'integrity',
  },
  {
    source: nist,
    reference: 'AU-9 Protection of audit information',
    asks: 'Records are protected from access, change and deletion.',
    coverage: always('partly'),
    evidence: (c) =>
      `${c.checkpoints} signed checkpoints; ${c.pinnedKeys} keys pinned; ${c.anchoredLedgers === undefined ? 'no anchor' : `anchor of ${c.anchoredLedgers} ledgers`}; ${c.revealed} times sealed data was opened`,
    why: 'A change is detected, by cryptography, and payloads are sealed. Write-once storage, separate systems and who manages them (its enhancements) are not shown.',
    see: 'integrity',
    also: 'access',
  },
  {
    source: nist,
    reference: 'AU-10 Non-repudiation',
    asks: 'Evidence that cannot be disputed that a person has done something.',
    coverage: always('partly'),
    evidence: approvalsSay,
    why: 'An approval is bound to the bytes that were asked for, and signed checkpoints cover it. Who approved is what the identity provider said of them.',
    see: 'approvals',
  },
  {
    source: nist,
    reference: 'AU-11 Audit record retention',
    asks: 'Records are kept as long as the organisation says.',
    coverage: always('partly'),
    evidence: (c) =>
      `${c.retentionClasses} retention classes, ${c.holds} legal holds in force, ${c.shredded} keys destroyed`,
    why: 'Each session says how long it is to be kept. That it is kept so long is for the archive to show.',
    see: 'access',
  },
  {
    source: nist,
    reference: 'AU-12 Audit record generation',
    asks: 'Records are made of the events that were chosen, where they happen.',
    coverage: wholeIf(isReconciled),
    evidence: reconciledSays,
    why: 'Whether every call made its records is what the access log of Envoy says; without it nothing does.',
    see: 'population',
  },
  {
    source: nist,
    reference: 'AC-5 Separation of duties',
    asks: 'Duties are separate, and rights are given so that they stay so.',
    coverage: always('partly'),
    evidence: approvalsSay,
    why: 'Between who asks and who approves. Between who writes policy, who runs the gateway and who manages its logs it is not shown.',
    see: 'approvals',
  },
  {
    source: 'GLBA, Interagency Guidelines Establishing Information Security Standards',
    reference: '12 CFR Part 30, Appendix B, III.C',
    asks: 'Access controls, dual control and segregation of duties, monitoring, and changes that keep to the programme.',
    coverage: always('partly'),
    evidence: (c) => `${c.denied} calls denied; ${approvalsSay(c)}; ${c.policyChanges} changes of policy`,
    why: 'Of calls to models. The programme, its risk assessment and everything else that holds customer information are beyond it.',
    see: 'approvals',
    also: 'blocks',
  },
  {
    source: 'FTC Safeguards Rule (financial institutions that are no banks)',
    reference: '16 CFR 314.4',
    asks: 'Safeguards: access, monitoring and logging of what authorised users do, change management.',
    coverage: always('partly'),
    evidence: (c) =>
      `${c.sessions} sessions of ${c.callers} callers, ${c.denied} denied, ${c.maskedValues} values masked`,
    why: 'What authorised users did with models. The other elements of the rule are beyond it.',
    see: 'invocations',
    also: 'data',
  },
  {
    source: 'SEC Rule 17a-4 (broker-dealers only)',
    reference: '17 CFR 240.17a-4(f)',
    asks: 'Write-once storage, or an audit trail of every change and deletion with time and identity, enough to re-create the original.',
    coverage: always('partly'),
    evidence: (c) => `${c.records} records, append-only, ${c.findings} findings`,
    why: 'Records are only ever added, and any change is found. Which of the records of a broker-dealer these are, and all else that the rule asks of the system that keeps them, is for the firm to say.',
    see: 'integrity',
  },
  {
    source: 'ECOA, Regulation B',
    reference: '12 CFR 1002.12',
    asks: 'What was used to evaluate an application is kept: 25 months, 12 for business credit.',
    coverage: ({ sealedSessions }) => (sealedSessions > 0 ? 'partly' : 'not covered'),
    evidence: (c) => `${c.sealedSessions} sessions with sealed bodies, ${c.truncatedBodies} of the bodies cut`,
    why: 'What a model was sent and what it returned, where the endpoint keeps payloads, up to a stated length, as long as the keys exist. All else of an application is beyond it.',
    see: 'data',
    also: 'access',
  },
  {
    source: 'NIST AI RMF 1.0',
    reference: 'MEASURE 2.4, MANAGE 4.1',
    asks: 'Behaviour is monitored in production; monitoring after deployment is planned, with appeal and override, incidents, changes.',
    coverage: always('partly'),
    evidence: (c) =>
      `${c.sessions} sessions at ${c.endpoints} endpoints; ${c.denied} denied, ${c.approved} approved by people`,
    why: 'What was asked of which model, and what people decided. The quality of answers, and what is learned from them, is beyond it.',
    see: 'invocations',
    also: 'approvals',
  },
  {
    source: 'SR 26-2 / OCC 2026-13, model risk management',
    reference: 'Guidance',
    asks: 'A risk-based inventory of models, monitoring, governance. Generative AI is excluded from it.',
    coverage: always('partly'),
    evidence: (c) => `${c.endpoints} endpoints called, with model, version and risk tier`,
    why: 'Which model in which version was used, by whom. Validation, and the inventory itself, are beyond it.',
    see: 'invocations',
  },
  {
    source: 'Records resist the administrators of the host',
    reference: 'Write-once anchor, pinned key',
    asks: 'Those who run the gateway cannot alter the past without being found out.',
    coverage: (counts) =>
      isTrusted(counts) ? 'covered' : counts.anchoredLedgers === undefined ? 'not covered' : 'partly',
    evidence: (c) =>
      `${c.pinnedKeys} keys pinned; ${c.anchoredLedgers === undefined ? 'no anchor' : `anchor of ${c.anchoredLedgers} ledgers`}`,
    why: 'As far as the newest anchored checkpoint, if the anchor lies where they do not reach.',
    see: 'integrity',
  },
];

/** What no number of records shows, and who can. */
export const beyond: readonly (readonly [what: string, why: string, where: string])[] = [
  [
    'What never came to this Envoy',
    'A record is made of calls that pass it. Models that are called by other ways are not known.',
    'Network rules; countersign doctor --envoy finds ways around in a configuration',
  ],
  [
    'Write-once settings of the archive, and a delete that failed',
    'The ledgers do not see where copies are kept.',
    'The object store: its lock settings and a test on the day',
  ],
  [
    'Right time on the hosts',
    'A record has the time of its host, not how far that was off.',
    'The time service of the hosts',
  ],
  [
    'Reviews of who may call, approve, and read evidence',
    'Groups come from the identity provider, with each token.',
    'The identity provider, and the system where access is reviewed',
  ],
  [
    'Who wrote a policy and who agreed to it',
    'A record has the revision, not its authors.',
    'The system where policy files are kept',
  ],
  [
    'Who read ledgers, topics or the archive by other tools',
    'Only what our tools open leaves a record.',
    'The operating system, the broker, the archive',
  ],
  [
    'Names, and whatever has no form, in prose',
    'Masking finds values by their form, their checksum and the words beside them.',
    'What the endpoint is used for',
  ],
  [
    'Whether an answer was right, fair or lawful',
    'A record has what was asked and answered, not whether it should have been.',
    'Model validation and monitoring',
  ],
  [
    'Alerts, and what was done about them',
    'Metrics leave the gateway; what becomes of them does not come back.',
    'The monitoring and the incident system',
  ],
  ['Backups, continuity, and the security of the hosts', 'Not of a gateway.', 'The institution’s own programme'],
];
