/** Random parts of answers, and how the reference shows them. */
import type { HeaderList } from '@countersign/core/exchange/message.ts';
import fc, { type Arbitrary } from 'fast-check';

/** Names are ASCII, in few enough variants that some stand twice. */
export const latin1Name = fc.oneof(
  fc.constantFrom('set-cookie', 'x-a', 'x-countersign-session', 'content-type', ''),
  fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
);
/** Any bytes, as characters. */
export const latin1Value = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

export const headers = (value: Arbitrary<string>): Arbitrary<HeaderList> =>
  fc.array(fc.tuple(latin1Name, value), { maxLength: 12 });

/** HeaderValueOptions: the first of a name overwrites, further ones are added. */
export function optionsOf(list: HeaderList, form: 'raw_value' | 'value'): object[] {
  const seen = new Set<string>();
  return list.map(([key, value]) => {
    const append = { value: seen.has(key) };
    seen.add(key);
    const header =
      form === 'value'
        ? { key, value, raw_value: Buffer.alloc(0) }
        : { key, value: '', raw_value: Buffer.from(value, 'latin1') };
    return { header, append, append_action: 0, keep_empty_value: false };
  });
}
