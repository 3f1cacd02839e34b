import { joined } from '../bytes.ts';
import type { Detector } from './detector.ts';
import { blot } from './hide.ts';
import type { MaskSummary } from './masker.ts';
import { Tally } from './tally.ts';
import { TextMasker } from './text-masker.ts';

/** A whole text that was found in another coding. undefined: there is nothing in it. */
export function maskInside(
  detector: Detector,
  text: Uint8Array,
): { readonly text: Uint8Array; readonly summary: MaskSummary; readonly blocked: string | undefined } | undefined {
  const tally = new Tally();
  const masker = new TextMasker(detector, tally, text[0] === 0x7b || text[0] === 0x5b);
  const masked = masker.push(text, detector.scan.isPlain(text), true);
  if (tally.changes === 0 && masker.tripped === undefined) return undefined;
  const whole = masker.tripped === undefined ? masked : joined([masked, blot(masker.tripped)]);
  return { text: whole, summary: tally.summary(), blocked: tally.blocked };
}
