import { parseAuthority } from './authority.ts';
import type { Diagnostic } from './config.ts';
import { type Entry, read } from './entries.ts';

/**
 * Two endpoints that claim the same host, path pattern and method: no order between them could be explained, so it is an
 * error. Different patterns that overlap are fine: the most specific one wins.
 */
export function checkRoutes(endpoints: readonly Entry[]): readonly Diagnostic[] {
  const owners = new Map<string, Entry>();
  return endpoints.flatMap((entry) => {
    const host = read(entry, 'match', 'host');
    const path = read(entry, 'match', 'path');
    const listed = read(entry, 'match', 'methods') ?? ['POST'];
    const authority = typeof host === 'string' ? parseAuthority(host) : undefined;
    if (!authority || typeof path !== 'string' || !Array.isArray(listed)) return [];
    const taken = listed.flatMap((method: unknown) => {
      const key = JSON.stringify([authority.host, authority.port ?? '', path, method]);
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, entry);
      return owner === undefined || owner === entry ? [] : [{ method, owner }];
    });
    const [first] = taken;
    if (first === undefined) return [];
    const by = first.owner.name ?? 'another endpoint';
    const message = `${String(first.method)} ${String(host)}${path} already belongs to endpoint "${by}"`;
    return [entry.source.at([...entry.path, 'match', 'path'], message, 'give each route to one endpoint')];
  });
}
