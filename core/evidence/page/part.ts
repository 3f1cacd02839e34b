/** One of the twelve parts. */
import type { Fact, Part } from '../report.ts';
import { html, type Markup, nothing } from './html.ts';
import { tableOf } from './table.ts';
import { timelineOf } from './timeline.ts';
import { factVerdictOf, verdictOf } from './verdict.ts';

export function* partOf(part: Part, number: number): Generator<Markup, void> {
  yield html`<section id="${part.id}" aria-labelledby="part-${part.id}">
<h2 id="part-${part.id}"><span class="ordinal">${number}</span> ${part.title}</h2>
${part.id === 'cover' ? nothing : findingOf(part)}${part.text.map((text) => html`<p class="text">${text}</p>\n`)}`;
  if (part.facts.length > 0) yield html`<dl class="facts">\n${part.facts.map(factOf)}</dl>\n`;
  for (const table of part.tables) yield* tableOf(table);
  for (const [index, timeline] of part.timelines.entries()) yield timelineOf(timeline, index);
  if (part.signOffs.length > 0) yield html`<div class="sign-offs">\n${part.signOffs.map(signOffOf)}</div>\n`;
  // They follow the first part.
  if (number > 1) yield html`<p class="back"><a href="#contents">Contents</a></p>\n`;
  yield html`</section>\n`;
}

/** Of the cover it stands in the banner above. */
const findingOf = ({ verdict, says }: Part): Markup =>
  html`<p class="finding">${verdictOf(verdict)} <span class="says">${says}</span></p>\n`;

const factOf = ({ name, value, verdict }: Fact): Markup =>
  html`<div><dt>${name}</dt><dd>${value}${verdict === undefined ? nothing : html` ${factVerdictOf(verdict)}`}</dd></div>\n`;

/** Ruled lines, as this is signed on paper. */
const signOffOf = (what: string): Markup =>
  html`<div class="sign-off"><p>${what}</p><p class="line wide">Name and role</p><p class="line">Date</p><p class="line wide">Signature</p></div>\n`;
