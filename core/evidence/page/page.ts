/** The page: one file that needs nothing else, runs nothing and asks nobody. It comes in pieces, as a report may be long. */
import { toBase64 } from '../../base64.ts';
import type { Hash } from '../../ports.ts';
import type { EvidenceReport, Part } from '../report.ts';
import { html, type Markup, sourceOf } from './html.ts';
import { partOf } from './part.ts';
import { stylesheet } from './style.ts';
import { markOf, verdictOf } from './verdict.ts';
import { timeOf } from './words.ts';

export function* pageOf(hash: Hash, report: EvidenceReport): Generator<string, void> {
  yield sourceOf(headOf(report.title, styleSource(hash)));
  // The one piece that is no markup of a template: ours, and without text of a report.
  yield `<style>${stylesheet}</style>\n</head>\n`;
  yield sourceOf(mastheadOf(report));
  for (const [index, part] of report.parts.entries()) {
    for (const markup of partOf(part, index + 1)) yield sourceOf(markup);
    if (part.id === 'cover') yield sourceOf(contentsOf(report.parts));
  }
  yield sourceOf(endOf(report));
}

/** Should an escape ever fail, the browser still runs, loads and sends nothing: only this one style counts. */
const styleSource = (hash: Hash): string =>
  `sha256-${toBase64(hash.sha256(new TextEncoder().encode(stylesheet)), true)}`;

const headOf = (title: string, style: string): Markup => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${style}'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
`;

const mastheadOf = ({ title, made, period, result }: EvidenceReport): Markup => html`<body>
<a class="skip" href="#contents">Skip to the contents</a>
<header>
<p class="product">Countersign <span>Evidence report</span></p>
<h1>${title}</h1>
<p class="period">${timeOf(period.from)} to ${timeOf(period.to)}, made ${timeOf(made)}. All times are UTC.</p>
<p class="banner ${result.verdict}">${verdictOf(result.verdict)} <span class="says">${result.says}</span></p>
</header>
<main>
`;

const contentsOf = (parts: readonly Part[]): Markup => html`<nav id="contents" aria-labelledby="contents-title">
<h2 id="contents-title">Contents</h2>
<ol>
${parts.map(entryOf)}</ol>
</nav>
`;

const entryOf = ({ id, title, verdict, says }: Part, index: number): Markup =>
  html`<li><span class="ordinal">${index + 1}</span> <a href="#${id}">${title}</a> ${verdictOf(verdict)} <span class="says">${says}</span></li>\n`;

const endOf = ({ made }: EvidenceReport): Markup => html`</main>
<footer>
<p>${markOf('told')} Characters that cannot be seen are spelled out, as in [U+202E]. The whole of every table is in <code>csv/</code>, the records themselves in <code>records.jsonl</code>.</p>
<p>Made ${timeOf(made)} by <code>countersign evidence export</code>. This page is a reading of the records; how to check them without us stands in <a href="README.txt">README.txt</a>.</p>
</footer>
</body>
</html>
`;
