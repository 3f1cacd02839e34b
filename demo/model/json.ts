export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** undefined: no JSON. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** What stands at these keys and positions; undefined where there is nothing. */
export function dig(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof key === 'number') found = Array.isArray(found) ? found[key] : undefined;
    else found = isObject(found) ? found[key] : undefined;
  }
  return found;
}
