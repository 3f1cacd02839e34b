import fs from 'node:fs';

/**
 * Whether the files that are written are still those that others find under their names. SQLite goes on writing into a file that was
 * removed or replaced, and every sync of it succeeds: what is acknowledged then is gone with the process.
 */
export class InPlace {
  readonly #files: readonly string[];
  /** As first seen: the log does not exist before the first write. */
  readonly #known = new Map<string, string>();

  constructor(file: string) {
    this.#files = [file, `${file}-wal`];
  }

  /** After a commit, before it is acknowledged. @throws when one of them is gone or is another one */
  assert(): void {
    for (const file of this.#files) {
      const { dev, ino } = fs.statSync(file, { bigint: true });
      const identity = `${dev}:${ino}`;
      const known = this.#known.get(file) ?? identity;
      if (known !== identity) throw new Error(`${file} was replaced while it was being written`);
      this.#known.set(file, identity);
    }
  }
}
