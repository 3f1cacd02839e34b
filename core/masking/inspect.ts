/** A whole text at once, with the places of what was found: for people who look at what a profile does, and for scores. */
import type { Detector } from './detector.ts';
import { Lane, shadowOfText } from './lane.ts';
import type { MaskSummary } from './masker.ts';
import type { Span } from './recognizers/recognizer.ts';
import type { Shadow } from './shadow.ts';
import { Tally } from './tally.ts';
import { Window } from './window.ts';

/** [start, end, entity]: code points of the original text, `end` is behind the last one. */
export type FoundSpan = readonly [start: number, end: number, entity: string];

export interface Inspection {
  readonly text: string;
  /** In the order of their starts; values that are kept as they are, and those that the profile does not look for, are not in it. */
  readonly spans: readonly FoundSpan[];
  readonly summary: MaskSummary;
}

export function inspectWhole(detector: Detector, text: string): Inspection {
  const tally = new Tally();
  const masked = new Lane(detector, tally).end(text);
  const shadow = shadowOfText(new Uint8Array(0), text, true);
  const window = new Window(detector, new Tally());
  window.inspect(shadow.bytes, 0, 0, true);
  const spans = window.spans.filter(({ entity }) => detector.treatmentOf(entity).kind !== 'keep');
  return { text: masked, spans: inCodePoints(spans, shadow, text), summary: tally.summary() };
}

function inCodePoints(spans: readonly Span[], { offsets }: Shadow, text: string): readonly FoundSpan[] {
  const unitAt = (at: number): number => offsets?.[at] ?? at;
  const edges = spans.flatMap(({ start, end }) => [unitAt(start), unitAt(end)]).sort((a, b) => a - b);
  const points = new Map<number, number>();
  let unit = 0;
  let point = 0;
  for (const edge of edges) {
    for (; unit < edge; point++) unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
    points.set(edge, point);
  }
  return spans
    .map(
      ({ start, end, entity }): FoundSpan => [points.get(unitAt(start)) ?? 0, points.get(unitAt(end)) ?? point, entity],
    )
    .sort((a, b) => a[0] - b[0] || b[1] - a[1]);
}
