/** One way around the two filters, or one setting under which they cannot keep their promise. */
export interface Finding {
  /** Stable, snake_case: what monitoring may match on. */
  readonly reason: string;
  /** What is so, and why it matters. */
  readonly what: string;
  /** Listener, filter, virtual host, route: as a person would look for it. */
  readonly where: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Adds findings at one place. */
export type Report = (reason: string, what: string, remedy: string) => void;

export function reportAt(findings: Finding[], where: string): Report {
  return (reason, what, remedy) => {
    findings.push({ reason, what, where, remedy });
  };
}
