/**
 * Reading of Envoy's JSON without trusting its shape. Envoy writes field names as in the protos (`failure_mode_allow`); files that
 * people write may have the JSON names (`failureModeAllow`), so both are looked up. Absent fields are undefined, as in proto3.
 */
export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of proto field names, or undefined where the path ends early. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (isObject(inner) ? (inner[name] ?? inner[jsonName(name)]) : undefined),
    value,
  );
}

export function objectAt(value: unknown, ...path: readonly string[]): JsonObject {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

/** A repeated field; empty when absent. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** Whether a bool field is on. A string or number in its place counts as on: better one finding too many. */
export function isOn(value: unknown, ...path: readonly string[]): boolean {
  const found = at(value, ...path);
  return found !== undefined && found !== false && found !== null;
}

/** The message name behind `@type`, without the URL part; '' when there is none. */
export function typeOf(value: unknown): string {
  const url = isObject(value) ? value['@type'] : undefined;
  return typeof url === 'string' ? url.slice(url.lastIndexOf('/') + 1) : '';
}

/** Seconds of a google.protobuf.Duration in JSON (`"1.5s"`); undefined when it is absent or not one. */
export function secondsAt(value: unknown, ...path: readonly string[]): number | undefined {
  const match = /^(\d+(?:\.\d+)?)s$/.exec(textAt(value, ...path));
  return match === null ? undefined : Number(match[1]);
}

const jsonName = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
