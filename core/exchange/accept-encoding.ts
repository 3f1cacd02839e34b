import type { Codec } from '../ports.ts';

/** RFC 9110 §12.4.2: 0 to 1, at most three decimals. */
const item = /^\s*([!#$%&'*+.^_`|~0-9a-z-]+)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/;

/** For `*`: every server has it. */
const common = 'gzip';

/**
 * What the upstream may answer in: the codings that we can read, of those that the caller accepts, with the caller's weights. The
 * caller gets the answer uncoded, but one who asks for none must not make the model spend time on one.
 */
export function acceptable(accepted: string | undefined, codec: Codec): string {
  const weights = new Map<string, string>();
  for (const text of (accepted ?? '').toLowerCase().split(',')) {
    const [, name, weight = '1'] = item.exec(text) ?? [];
    if (name !== undefined && !weights.has(name)) weights.set(name, weight);
  }
  const any = weights.get('*');
  if (any !== undefined && !weights.has(common)) weights.set(common, any);
  const wanted = [...weights].filter(([name, weight]) => isCoding(name) && codec.reads(name) && Number(weight) > 0);
  if (wanted.length === 0) return 'identity';
  return wanted.map(([name, weight]) => (Number(weight) === 1 ? name : `${name};q=${weight}`)).join(', ');
}

const isCoding = (name: string): boolean => name !== '*' && name !== 'identity';
