/** What was found and what became of it: never a value. */
import { actionOf } from '@countersign/core/masking/action.ts';
import type { MaskSummary } from '@countersign/core/masking/masker.ts';
import type { Action } from '@countersign/core/policy/policy.ts';
import type { MaskSetting } from './setting.ts';

/** All of the input is kept for it. */
export const maxReportBytes = 64 * 1024 * 1024;

/** A line for each value in the text: offset in bytes from the beginning, entity, rule. */
export function hitsOf(input: Uint8Array, { engine, profile }: MaskSetting): readonly string[] {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(input);
  const offsets = byteOffsets(text);
  return engine
    .inspect(text, profile)
    .spans.map(
      ([start, , entity]) => `${offsets(start)}\t${entity}\t${profile.name}: ${words(actionOf(profile, entity))}`,
    );
}

function words(action: Action): string {
  if (action.kind !== 'mask' || action.keepFirst + action.keepLast === 0) return action.kind;
  const kept = [
    ...(action.keepFirst > 0 ? [`keep_first ${action.keepFirst}`] : []),
    ...(action.keepLast > 0 ? [`keep_last ${action.keepLast}`] : []),
  ];
  return `mask, ${kept.join(', ')}`;
}

/** From code points to bytes of UTF-8; asked in rising order. */
function byteOffsets(text: string): (point: number) => number {
  let point = 0;
  let unit = 0;
  let byte = 0;
  return (wanted) => {
    for (; point < wanted && unit < text.length; point++) {
      const code = text.codePointAt(unit) ?? 0;
      unit += code > 0xffff ? 2 : 1;
      byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    }
    return byte;
  };
}

/** Counts of the masked body. They differ from the hits where a format joins what the bytes keep apart: an event stream. */
export function summaryLine({ counts, faults }: MaskSummary): string {
  const found = Object.entries(counts).map(([entity, count]) => `${entity} ${count}`);
  return [
    `found: ${found.join(', ') || 'nothing'}`,
    ...(faults.length > 0 ? [`faults: ${faults.join(', ')}`] : []),
  ].join('; ');
}
