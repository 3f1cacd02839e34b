/** One thing that doctor looked at. `absent` is for what this machine may do without, `warning` for what
 * will be wrong; only `wrong` counts against it. */
export interface Check {
  readonly about: string;
  readonly state: 'ok' | 'absent' | 'warning' | 'wrong';
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

const marks: Readonly<Record<Check['state'], string>> = { ok: '✔', absent: '–', warning: '!', wrong: '✖' };

/** One line per check, what to do indented below it. */
export function renderChecks(checks: readonly Check[]): string {
  const width = Math.max(0, ...checks.map((check) => check.about.length));
  return checks
    .map(({ about, state, detail, remedy }) => {
      const line = `${marks[state]} ${about.padEnd(width)}  ${detail}`;
      return remedy === undefined ? line : `${line}\n  ${' '.repeat(width)}  → ${remedy}`;
    })
    .join('\n');
}
