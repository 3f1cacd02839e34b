/** A text a line: `{"i":N,"text":T}` → `{"i":N,"text":masked,"spans":[[start,end,"US_SSN"]…]}`, offsets in code points of T. */
import { lineFeed, WholeLines } from '@countersign/core/body/whole-lines.ts';
import type { MaskSetting } from './setting.ts';

const maxLineBytes = 64 * 1024 * 1024;

export class BadLine extends Error {
  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
  }
}

/** Each line is answered before the next one is read. */
export async function* maskLines(input: AsyncIterable<Uint8Array>, setting: MaskSetting): AsyncGenerator<string> {
  let number = 0;
  for await (const line of lines(input)) {
    number++;
    if (line.trim() !== '') yield `${JSON.stringify(maskLine(line, number, setting))}\n`;
  }
}

function maskLine(line: string, number: number, { engine, profile }: MaskSetting): object {
  const { i, text } = parse(line, number);
  const inspected = engine.inspect(text, profile);
  return {
    i,
    text: inspected.text,
    spans: inspected.spans.map(([start, end, entity]) => [start, end, entity.toUpperCase()]),
  };
}

function parse(line: string, number: number): { readonly i: number | string; readonly text: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new BadLine(number, 'no JSON');
  }
  const fields = typeof value === 'object' && value !== null ? value : {};
  const i = 'i' in fields ? fields.i : undefined;
  const text = 'text' in fields ? fields.text : undefined;
  if ((typeof i === 'number' || typeof i === 'string') && typeof text === 'string') return { i, text };
  throw new BadLine(number, 'not {"i": N, "text": "…"}');
}

async function* lines(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let number = 0;
  const take = (line: Uint8Array): string => {
    number++;
    if (line.length > maxLineBytes) throw new BadLine(number, 'longer than 64 MiB');
    return decode(line, number);
  };
  const framing = new WholeLines();
  for await (const chunk of input) {
    const whole = framing.push(chunk);
    for (let from = 0; from < whole.length; ) {
      const end = whole.indexOf(lineFeed, from);
      yield take(whole.subarray(from, end));
      from = end + 1;
    }
    if (framing.keptBytes > maxLineBytes) throw new BadLine(number + 1, 'longer than 64 MiB');
  }
  if (framing.keptBytes > 0) yield take(framing.rest());
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array, number: number): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new BadLine(number, 'no UTF-8');
  }
}
