/** A whole text at once, with the places of what was found: for people who look at what a profile does, and for scores. */
import type { Detector } from './detector.ts';
import { Lane } from './lane.ts';
import type { MaskSummary } from './masker.ts';
import { Query } from './query.ts';
import type { Span } from './recognizers/recognizer.ts';
import { plainShadow, type Shadow, shadowOf } from './shadow.ts';
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
  const bytes = new TextEncoder().encode(text);
  const isPlain = detector.scan.isPlain(bytes);
  const written = isPlain ? plainShadow(bytes) : shadowOf(new Uint8Array(0), bytes, false, true);
  const shadow = new Query().read(detector.scan, written, bytes, 0);
  const window = new Window(detector, new Tally(), false);
  window.inspect(shadow.bytes, 0, 0, true);
  const spans = window.spans.filter(({ entity }) => detector.treatmentOf(entity).kind !== 'keep');
  return { text: masked, spans: inCodePoints(spans, shadow, bytes), summary: tally.summary() };
}

function inCodePoints(spans: readonly Span[], shadow: Shadow, bytes: Uint8Array): readonly FoundSpan[] {
  const edges = spans.flatMap(({ start, end }) => [shadow.at(start), shadow.at(end)]).sort((a, b) => a - b);
  const points = new Map<number, number>();
  let at = 0;
  let count = 0;
  for (const edge of edges) {
    for (; at < edge; at++) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) count++;
    points.set(edge, count);
  }
  const pointAt = (unit: number): number => points.get(shadow.at(unit)) ?? count;
  return spans
    .flatMap(({ start, end, entity, inside }) =>
      (inside === undefined ? [entity] : Object.keys(inside.summary.counts)).map(
        (name): FoundSpan => [pointAt(start), pointAt(end), name],
      ),
    )
    .sort((a, b) => a[0] - b[0] || b[1] - a[1]);
}
