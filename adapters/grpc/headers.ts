import type { HeaderList } from '@countersign/core/exchange/message.ts';
import type { WireHeaderMap, WireHeaderOption } from './wire.ts';

/**
 * Header values are bytes (RFC 9110 §5.5); latin1 keeps each as one character, both ways. ext_proc and ext_authz with
 * encode_raw_headers fill `raw_value`; `value` is the older form.
 */
export function headerList(map: WireHeaderMap | null): HeaderList {
  const list: [string, string][] = [];
  for (const header of map?.headers ?? []) {
    const value = header.raw_value.length > 0 ? Buffer.from(header.raw_value).toString('latin1') : header.value;
    list.push([header.key.toLowerCase(), value]);
  }
  return list;
}

/** For ext_proc, which reads `raw_value` only. */
export function rawHeaderOptions(headers: HeaderList): WireHeaderOption[] {
  return options(headers, (value) => ({ raw_value: Buffer.from(value, 'latin1') }));
}

/** For ext_authz, which reads `value`. */
export function headerOptions(headers: HeaderList): WireHeaderOption[] {
  return options(headers, (value) => ({ value }));
}

/** The first value of a name overwrites what is there, further ones are added to it. append_action is ignored by Envoy. */
function options(headers: HeaderList, encode: (value: string) => object): WireHeaderOption[] {
  const seen = new Set<string>();
  return headers.map(([key, value]) => {
    const append = { value: seen.has(key) };
    seen.add(key);
    return { header: { key, ...encode(value) }, append };
  });
}
