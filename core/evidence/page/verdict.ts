/** A verdict by word and by shape; colour comes on top. */
import type { Verdict } from '../report.ts';
import { html, type Markup } from './html.ts';

const words = {
  fine: 'No exceptions',
  attention: 'Needs attention',
  told: 'For information',
} as const satisfies Record<Verdict, string>;

/** Drawn, not written: a font may lack a check mark. The word beside it says the same, so readers of the screen skip it. */
const shapes = {
  fine: html`<circle cx="8" cy="8" r="7"/><path d="m4.5 8.2 2.4 2.5 4.6-5.2"/>`,
  attention: html`<path d="M8 1.2 15.2 14.6H.8z"/><path d="M8 6v4m0 1.6v1"/>`,
  told: html`<rect x="1.2" y="1.2" width="13.6" height="13.6" rx="2"/><path d="M8 7v5m0-8v1"/>`,
} as const satisfies Record<Verdict, Markup>;

export const markOf = (verdict: Verdict): Markup =>
  html`<svg class="mark" viewBox="0 0 16 16" aria-hidden="true">${shapes[verdict]}</svg>`;

export const verdictOf = (verdict: Verdict): Markup => judged(verdict, words[verdict]);

/** Of one value among others: a shorter word, as it stands often. */
export const factVerdictOf = (verdict: Verdict): Markup => judged(verdict, verdict === 'fine' ? 'OK' : words[verdict]);

/** Whether a record was proven, in the sample. */
export const proofOf = (proven: boolean): Markup =>
  proven ? judged('fine', 'proven') : judged('attention', 'not proven');

const judged = (verdict: Verdict, word: string): Markup =>
  html`<strong class="verdict ${verdict}">${markOf(verdict)} ${word}</strong>`;
