/** Why set-up cannot go on, for a person: what failed, where its log is, what to do about it. */
export class SetupFailure extends Error {
  /**
   * @param {string} what one sentence
   * @param {{ readonly advice: string, readonly log?: string | undefined, readonly tail?: string | undefined }} details
   */
  constructor(what, { advice, log, tail }) {
    super(what);
    this.name = 'SetupFailure';
    this.advice = advice;
    this.log = log;
    this.tail = tail;
  }

  /** Several lines, to be printed as they are. */
  report() {
    const lines = [`set-up failed: ${this.message}`];
    if (this.tail) lines.push(this.tail.replace(/^/gm, '    '));
    if (this.log) lines.push(`  log: ${this.log}`);
    lines.push(`  what to do: ${this.advice}`);
    return lines.join('\n');
  }
}

/** What to install where `apt-get` is at home; other distributions name these packages alike. @param {readonly string[]} packages */
export function installAdvice(packages) {
  return `install them, for example: apt-get install -y ${packages.join(' ')}`;
}
