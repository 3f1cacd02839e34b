/** A Content-Type (RFC 9110, 8.3.1) or Content-Disposition (RFC 6266) value: a word, and parameters behind it. */
export interface MediaType {
  /** Lower case, without parameters. */
  readonly essence: string;
  /** Names in lower case, values unquoted. */
  readonly parameters: ReadonlyMap<string, string>;
}

const parameter = /\s*;\s*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)))?\s*/y;

/** undefined: not of that grammar, or with a parameter twice. Two readers would take two things from it. */
export function parseMediaType(value: string): MediaType | undefined {
  const end = value.indexOf(';');
  const essence = (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
  const parameters = new Map<string, string>();
  let at = end < 0 ? value.length : end;
  while (at < value.length) {
    parameter.lastIndex = at;
    const found = parameter.exec(value);
    if (found === null) return undefined;
    at = parameter.lastIndex;
    const name = found[1]?.toLowerCase();
    if (name === undefined) continue;
    if (parameters.has(name)) return undefined;
    parameters.set(name, found[2]?.replace(/\\(.)/g, '$1') ?? found[3] ?? '');
  }
  return { essence, parameters };
}
