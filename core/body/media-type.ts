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

/** Of a Content-Type, whatever its parameters are. */
const essenceOf = (contentType: string): string => contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';

export const isEventStream = (contentType: string): boolean => essenceOf(contentType) === 'text/event-stream';
/** With protobuf in it: the codec that gRPC means when none is named. */
export const isGrpc = (contentType: string): boolean => /^application\/grpc(?:\+proto)?$/.test(essenceOf(contentType));
export const isJson = (contentType: string): boolean =>
  /^application\/(?:[\w.-]+\+)?json$/.test(essenceOf(contentType));
export const isJsonLines = (contentType: string): boolean =>
  /^application\/(?:x-)?(?:ndjson|jsonl|json-?lines)$/.test(essenceOf(contentType));
/** RFC 7464: a record separator in front of each text. */
export const isJsonSequence = (contentType: string): boolean => essenceOf(contentType) === 'application/json-seq';
export const isCsv = (contentType: string): boolean =>
  /^(?:text\/(?:csv|tab-separated-values)|application\/csv)$/.test(essenceOf(contentType));
export const isForm = (contentType: string): boolean => essenceOf(contentType) === 'application/x-www-form-urlencoded';

/** True when no charset is named: JSON and event streams are UTF-8 by definition, and bytes that are not are found later. */
export const charsetIsUtf8 = (contentType: string): boolean =>
  namesUtf8(/;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1]);
export const namesUtf8 = (charset = 'utf-8'): boolean => ['utf-8', 'utf8', 'us-ascii'].includes(charset.toLowerCase());
