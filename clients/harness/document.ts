/** What programs of others print, asked for by path. */
import { deepEqual } from 'node:assert/strict';

export class Document {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  /** undefined: there is nothing. */
  at(...path: readonly (string | number)[]): unknown {
    let found = this.value;
    for (const key of path) {
      if (typeof found !== 'object' || found === null) return undefined;
      found = new Map<string, unknown>(Object.entries(found)).get(String(key));
    }
    return found;
  }

  text(...path: readonly (string | number)[]): string {
    const found = this.at(...path);
    if (typeof found !== 'string') throw new Error(`no text at ${path.join('.')} of ${JSON.stringify(this.value)}`);
    return found;
  }

  list(...path: readonly (string | number)[]): readonly Document[] {
    const found = this.at(...path);
    if (!Array.isArray(found)) throw new Error(`no list at ${path.join('.')} of ${JSON.stringify(this.value)}`);
    return found.map((item: unknown) => new Document(item));
  }

  /** What stands at these paths (`a.b.0`); others may be there. */
  has(expected: Readonly<Record<string, unknown>>): void {
    const found = Object.fromEntries(Object.keys(expected).map((path) => [path, this.at(...path.split('.'))]));
    deepEqual(found, { ...expected });
  }
}

export const parseDocument = (text: string): Document => new Document(JSON.parse(text));
