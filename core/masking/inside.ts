import { inUrlLetters, toBase64 } from '../base64.ts';
import { joined } from '../bytes.ts';
import type { Detector } from './detector.ts';
import { hasUrlLetter, pad } from './encoded.ts';
import type { Line } from './folded.ts';
import { blot } from './hide.ts';
import type { Match, Span } from './recognizers/recognizer.ts';
import { Tally } from './tally.ts';
import { TextMasker } from './text-masker.ts';

/** A text that was found in base64, masked as the text around it is. Nothing: there is nothing in it. */
export function maskInside(detector: Detector, bytes: Uint8Array, match: Match, text: Uint8Array): readonly Span[] {
  const tally = new Tally();
  const masker = new TextMasker(detector, tally, text[0] === 0x7b || text[0] === 0x5b);
  const masked = masker.push(text, detector.scan.isPlain(text), true);
  if (tally.changes === 0 && masker.tripped === undefined) return [];
  const whole = masker.tripped === undefined ? masked : joined([masked, blot(masker.tripped)]);
  const encoded = toBase64(whole, bytes[match.end - 1] === pad);
  const isUrl = hasUrlLetter(bytes, match.start, match.end);
  const inside = { text: isUrl ? inUrlLetters(encoded) : encoded, summary: tally.summary() };
  const span = { ...match, entity: tally.blocked ?? 'encoded', inside };
  return match.lines === undefined || tally.blocked !== undefined ? [span] : inLines(span, match.lines, bytes);
}

/** A span for each line that changes: line ends stay as they are, and only the last line may become shorter or longer. */
function inLines(whole: Span & Pick<Required<Span>, 'inside'>, lines: readonly Line[], bytes: Uint8Array): Span[] {
  const { text: letters, summary } = whole.inside;
  const spans: Span[] = [];
  let from = 0;
  for (const [index, { start, end }] of lines.entries()) {
    const isLast = index === lines.length - 1;
    const to = isLast ? letters.length : from + end - start;
    const text = letters.slice(from, to);
    from = to;
    const changes = !isWritten(text, bytes, start, end);
    // What was counted needs a place, changed or not.
    if (changes || (isLast && spans.length === 0)) spans.push({ ...whole, start, end, inside: { text, summary } });
  }
  return spans;
}

function isWritten(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = start; at < end; at++) if (bytes[at] !== text.charCodeAt(at - start)) return false;
  return true;
}
