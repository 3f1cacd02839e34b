import { statSync } from 'node:fs';

/** Whether the file that lies at `path` now is still there later: a store that is open goes on in a file that nobody else finds. */
export function rememberFile(path: string): () => boolean {
  const { dev, ino } = statSync(path);
  return () => {
    const now = statSync(path, { throwIfNoEntry: false });
    return now?.dev === dev && now.ino === ino;
  };
}
