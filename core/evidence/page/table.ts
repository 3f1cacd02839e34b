/** A table on the page: the first rows of it, and where all of them are. */
import type { Cell, Column, ColumnKind, Row, Table } from '../report.ts';
import { html, type Markup, nothing } from './html.ts';
import { codeOf, counted, grouped, linkOf, timeOf } from './words.ts';

/** More is not read on a page; a year has millions. */
export const rowsOnPage = 200;
/** A reason or a model's name may be as long as its writer liked. */
const charactersInCell = 600;
/** Longer than any word: it may be cut in two anywhere. */
const longWord = /\S{33}/;
/** From here on a text wants room, so that it does not become a tower. */
const sentence = 48;

export function* tableOf(table: Table): Generator<Markup, void> {
  const file = `csv/${table.name}.csv`;
  const titleId = `${table.name}-title`;
  if (table.count === 0) {
    yield html`<div class="empty" id="table-${table.name}"><h3>${table.title}</h3><p>${table.none}</p></div>\n`;
    return;
  }
  // Wider than the window it scrolls in its own box, which the keyboard has to reach.
  yield html`<div class="scroll${table.columns.length > tooMany ? ' turned' : ''}" id="table-${table.name}" role="region" tabindex="0" aria-labelledby="${titleId}">
<table class="${table.columns.length > manyColumns ? 'wide' : 'narrow'}">
<caption><div class="about"><h3 id="${titleId}">${table.title}</h3><p>${table.says}</p>
<p class="file">${counted(table.count, 'row')} in <a href="${file}">${file}</a></p></div></caption>
<thead><tr>${table.columns.map(headOf)}</tr></thead>
<tbody>\n`;
  let shown = 0;
  for (const row of table.rows()) {
    if (shown === rowsOnPage) break;
    shown++;
    yield rowOf(row, table.columns);
  }
  const more = table.count - shown;
  yield html`</tbody></table></div>
${more > 0 ? html`<p class="more">These are the first ${shown} rows: ${grouped(more)} more in <a href="${file}">${file}</a>.</p>\n` : nothing}`;
}

/** On paper, more than these want a smaller letter; and more than those a sheet that is turned. */
const manyColumns = 7;
const tooMany = 15;

const headOf = ({ title, kind }: Column): Markup => html`<th scope="col" class="${kind}">${title}</th>`;

const rowOf = (row: Row, columns: readonly Column[]): Markup =>
  html`<tr>${columns.map(({ kind }, index) => cellOf(row[index], kind))}</tr>\n`;

function cellOf(cell: Cell, kind: ColumnKind): Markup {
  if (cell === undefined) return html`<td class="${kind} unknown">–</td>`;
  if (typeof cell === 'number') return html`<td class="${kind}">${grouped(cell)}</td>`;
  if (typeof cell === 'boolean') return html`<td class="${kind}">${cell ? 'yes' : 'no'}</td>`;
  const text = shortened(cell);
  if (text === cell) return html`<td class="${kind}${widthOf(text, kind)}">${written(text, kind)}</td>`;
  return html`<td class="${kind}${widthOf(text, 'text')}">${text}… <em>(the rest of ${counted(cell.length, 'character')} is in the CSV file)</em></td>`;
}

const widthOf = (text: string, kind: ColumnKind): string =>
  kind === 'code' ? '' : longWord.test(text) ? ' long' : text.length > sentence ? ' sentence' : '';

const shortened = (text: string): string =>
  text.length <= charactersInCell ? text : text.slice(0, charactersInCell).replace(/[\ud800-\udbff]$/, '');

function written(text: string, kind: ColumnKind): Markup {
  switch (kind) {
    case 'time':
      return timeOf(text);
    case 'code':
      return codeOf(text);
    case 'file':
      return linkOf(text);
    case 'text':
    case 'number':
      return html`${text}`;
  }
}
