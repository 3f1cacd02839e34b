import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UsageError } from '../up/configuration.ts';

/** Whoever lists ledgers or an anchor takes each folder in them for one of theirs. @throws UsageError */
export function assertElsewhere(out: string, folders: Readonly<Record<string, string | undefined>>): void {
  const place = realPlace(out);
  for (const [what, folder] of Object.entries(folders)) {
    if (folder === undefined) continue;
    const way = relative(realPlace(folder), place);
    if (way === '' || !/^\.\.(\/|$)/.test(way))
      throw new UsageError(`--out ${out} lies in ${what}: choose another place`);
  }
}

/** Where a name leads, also one that is not there yet. */
function realPlace(name: string): string {
  const place = resolve(name);
  try {
    return realpathSync(place);
  } catch {
    return dirname(place) === place ? place : join(realPlace(dirname(place)), basename(place));
  }
}
