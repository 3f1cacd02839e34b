import { inUrlLetters, toBase64 } from '../base64.ts';
import { joined } from '../bytes.ts';
import type { Detector } from './detector.ts';
import { hasUrlLetter, pad } from './encoded.ts';
import { blot } from './hide.ts';
import type { Match, Span } from './recognizers/recognizer.ts';
import { Tally } from './tally.ts';
import { TextMasker } from './text-masker.ts';

/** A text that was found in base64, masked as the text around it is. undefined: there is nothing in it. */
export function maskInside(detector: Detector, bytes: Uint8Array, match: Match, text: Uint8Array): Span | undefined {
  const tally = new Tally();
  const masker = new TextMasker(detector, tally, text[0] === 0x7b || text[0] === 0x5b);
  const masked = masker.push(text, detector.scan.isPlain(text), true);
  if (tally.changes === 0 && masker.tripped === undefined) return undefined;
  const whole = masker.tripped === undefined ? masked : joined([masked, blot(masker.tripped)]);
  const encoded = toBase64(whole, bytes[match.end - 1] === pad);
  const isUrl = hasUrlLetter(bytes, match.start, match.end);
  const inside = { text: isUrl ? inUrlLetters(encoded) : encoded, summary: tally.summary() };
  return { ...match, entity: tally.blocked ?? 'encoded', inside };
}
