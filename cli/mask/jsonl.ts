/** A text a line: `{"i":N,"text":T}` → `{"i":N,"text":masked,"spans":[[start,end,"US_SSN"]…]}`, offsets in code points of T. */
import type { MaskSetting } from './setting.ts';

const maxLineBytes = 64 * 1024 * 1024;
const lf = 0x0a;

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
  let number = 1;
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const keep = (part: Uint8Array): void => {
    bytes += part.length;
    if (bytes > maxLineBytes) throw new BadLine(number, 'longer than 64 MiB');
    parts.push(part);
  };
  const take = (): string => {
    const line = decode(Buffer.concat(parts), number);
    parts = [];
    bytes = 0;
    number++;
    return line;
  };
  for await (const chunk of input) {
    let from = 0;
    for (let at = chunk.indexOf(lf); at >= 0; at = chunk.indexOf(lf, from)) {
      keep(chunk.subarray(from, at));
      yield take();
      from = at + 1;
    }
    if (from < chunk.length) keep(chunk.subarray(from));
  }
  if (bytes > 0) yield take();
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array, number: number): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new BadLine(number, 'no UTF-8');
  }
}
