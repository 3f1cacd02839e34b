/** One session of the sample: what happened, in order, how long after its first record, and whether each record was proven. */
import type { Step, Timeline } from '../report.ts';
import { html, type Markup } from './html.ts';
import { proofOf } from './verdict.ts';
import { codeOf, counted, grouped, linkOf, offsetOf, timeOf } from './words.ts';

/** Open, so that paper has all of it; a reader at a screen may fold it. */
export function timelineOf({ session, says, steps, file }: Timeline, index: number): Markup {
  const first = steps[0]?.time ?? '';
  const proven = steps.filter((step) => step.proven).length;
  return html`<details class="session" id="session-${index + 1}" open>
<summary><h3>${codeOf(session)}</h3> <span class="says">${says}</span></summary>
<p class="begins">${steps.length === 0 ? html`No records` : html`${counted(steps.length, 'record')}, ${grouped(proven)} proven, from ${timeOf(first)}`}. Records and inclusion proofs: ${linkOf(file)}</p>
<ol class="steps">
${steps.map((step) => stepOf(step, first))}</ol>
</details>\n`;
}

const stepOf = ({ time, type, says, ledger, seq, proven }: Step, first: string): Markup =>
  html`<li><span class="at" title="${time}">${offsetOf(first, time) ?? time}</span>
<div><p><code class="type">${type}</code> ${says}</p>
<p class="where">${codeOf(ledger)} record ${grouped(seq)} ${proofOf(proven)}</p></div></li>\n`;
