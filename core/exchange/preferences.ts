import { listItems } from './header-list.ts';
import type { HeaderList } from './message.ts';

/** What the caller prefers (RFC 7240). */
export interface Preferences {
  /** 202 rather than an error, if it takes longer than `waitMs`: at once when that is absent. */
  readonly respondAsync: boolean;
  /** How long the caller will wait. */
  readonly waitMs: number | undefined;
}

export function preferencesOf(headers: HeaderList): Preferences {
  const values = headers.flatMap(([name, value]) => (name === 'prefer' ? [value] : []));
  const stated = new Map<string, string>();
  for (const [name, value] of values.flatMap((value) => listItems(value) ?? []).map(preference)) {
    // Of several of one name the first counts (RFC 7240 section 2).
    if (!stated.has(name)) stated.set(name, value);
  }
  const wait = stated.get('wait') ?? '';
  return {
    respondAsync: stated.has('respond-async'),
    waitMs: /^\d{1,6}$/.test(wait) ? Number(wait) * 1000 : undefined,
  };
}

/** `name`, `name=value` or `name="value"`; parameters after a semicolon say nothing about the two that we read. */
function preference(item: string): readonly [name: string, value: string] {
  const [pair = ''] = item.split(';', 1);
  const equals = pair.indexOf('=');
  if (equals < 0) return [pair.trim().toLowerCase(), ''];
  const value = pair.slice(equals + 1).trim();
  const bare = value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  return [pair.slice(0, equals).trim().toLowerCase(), bare];
}
