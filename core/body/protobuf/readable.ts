/** A message as people can look at it: its texts, each in a line of its own, and what else there is as a number of values. */
import { decodeUtf8 } from '../ijson.ts';
import { elementLengthBytes, endOfElement, maxDimensions, textDatatype } from '../tensor-types.ts';
import { Fields } from './fields.ts';
import type { Field, Message } from './schema.ts';
import { headOf, noHead, RawFields, type TensorHead } from './tensor-heads.ts';
import { appendCounts, countValues } from './values.ts';

/** Lines until there are `maxCharacters` of them. @param bytes a message of `schema` that was masked */
export function readableMessage(bytes: Uint8Array, schema: Message, maxCharacters: number): readonly string[] {
  const page = new Page(maxCharacters);
  writeMessage(bytes, schema, 0, bytes.length, noHead, 0, page);
  return page.lines;
}

/** Text values of a tensor, each behind its length. */
export function readableElements(bytes: Uint8Array, from: number, to: number, depth: number, page: Page): void {
  for (let at = from; at + elementLengthBytes <= to && !page.isFull; ) {
    const begin = at + elementLengthBytes;
    at = endOfElement(bytes, at, to) ?? to;
    page.text(depth, bytes.subarray(begin, at));
  }
}

export class Page {
  readonly lines: string[] = [];
  #left: number;

  constructor(maxCharacters: number) {
    this.#left = maxCharacters;
  }

  get isFull(): boolean {
    return this.#left <= 0;
  }

  text(depth: number, bytes: Uint8Array): void {
    this.line(depth, decodeUtf8(bytes) ?? `(${bytes.length} bytes that are no text)`);
  }

  line(depth: number, text: string): void {
    if (this.isFull) return;
    const line = '  '.repeat(depth) + text;
    this.lines.push(line);
    this.#left -= line.length + 1;
  }
}

function writeMessage(
  bytes: Uint8Array,
  schema: Message,
  from: number,
  to: number,
  outer: TensorHead,
  depth: number,
  page: Page,
): void {
  const head = headOf(bytes, schema, from, to, outer);
  const raw = schema.tensors === undefined ? undefined : new RawFields(bytes, schema, from, to);
  const fields = new Fields(bytes, from, to);
  while (fields.next() && !page.isFull) {
    const field = schema.fields.get(fields.field);
    if (field === undefined) page.line(depth, '(a field that is not known here)');
    else if (field.kind === 'message')
      writeMessage(bytes, field.message, fields.from, fields.to, head, depth + 1, page);
    else if (field.kind === 'raw') writeRaw(bytes, fields, raw?.next(), depth + 1, page);
    else writeValue(bytes, field, fields, depth, page);
  }
}

function writeRaw(
  bytes: Uint8Array,
  { from, to }: Fields,
  tensor: TensorHead | undefined,
  depth: number,
  page: Page,
): void {
  if (tensor?.datatype === textDatatype) readableElements(bytes, from, to, depth, page);
  else page.line(depth, `(${to - from} bytes of ${tensor?.datatype ?? 'a tensor'})`);
}

function writeValue(bytes: Uint8Array, field: Field, fields: Fields, depth: number, page: Page): void {
  if (field.kind === 'text') page.text(depth, bytes.subarray(fields.from, fields.to));
  else if (field.kind === 'content') page.line(depth, `(${fields.to - fields.from} bytes of a tensor)`);
  else if (field.kind === 'number' && field.repeated) page.line(depth, numbersIn(bytes, field, fields));
}

/** A shape as it is; of data how much there is. */
function numbersIn(bytes: Uint8Array, field: Extract<Field, { readonly kind: 'number' }>, fields: Fields): string {
  const shape: number[] = [];
  if (!field.data && appendCounts(bytes, fields, maxDimensions, shape)) return `[${shape.join(', ')}]`;
  const count = countValues(bytes, fields, field.type) ?? 0;
  return `(${count} ${count === 1 ? 'number' : 'numbers'})`;
}
