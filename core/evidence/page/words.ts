/** Numbers, times and paths, as a reader of the page wants them. */
import { epochMsOf } from '../../ledger/time.ts';
import { isPackFileName } from '../pack-file.ts';
import { partIds } from '../report.ts';
import { html, type Markup } from './html.ts';

/** 1,234,567.5 */
export function grouped(number: number): string {
  const [whole = '', ...rest] = String(number).split('.');
  return [/^-?\d+$/.test(whole) ? whole.replace(/\B(?=(?:\d{3})+$)/g, ',') : whole, ...rest].join('.');
}

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;

/** UTC throughout, which the head of the page says once. What is no time stays what it is. */
export function timeOf(text: string): Markup {
  const [, date = '', clock = ''] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z$/.exec(text) ?? [];
  return date === '' ? html`${text}` : html`<time datetime="${text}"><span>${date}</span> <span>${clock}</span></time>`;
}

/** `+0.132 s`; undefined where one of them is no time. Clocks of two hosts differ, so it may be less than nothing. */
export function offsetOf(first: string, time: string): string | undefined {
  const from = epochMsOf(first);
  const to = epochMsOf(time);
  if (from === undefined || to === undefined) return undefined;
  const seconds = (to - from) / 1000;
  return `${seconds < 0 ? '\u2212' : '+'}${grouped(Math.abs(seconds)).replace(/^[^.]*$/, '$&.')}`
    .replace(/\.\d*$/, (fraction) => fraction.padEnd(4, '0'))
    .concat(' s');
}

/** Ids and digests are longer than a column: they may be cut in two anywhere, best behind a `/`. Copied, they are whole. */
export const codeOf = (text: string): Markup =>
  html`<code>${text.split(/(?<=\/)/).map((piece, index) => (index === 0 ? html`${piece}` : html`<wbr>${piece}`))}</code>`;

/** Links lead to a part or into the pack, never anywhere else: what is neither is text. */
export function linkOf(target: string): Markup {
  const part = partIds.findIndex((id) => target === `#${id}`);
  if (part !== -1) return html`<a href="${target}">Part ${part + 1}</a>`;
  return isPackFileName(target) ? html`<a href="${target}">${target}</a>` : html`${target}`;
}
