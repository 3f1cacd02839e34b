/** An outcome that the caller must look at. Expected failures travel as values; exceptions mean a bug. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const err = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error });

/** Makes a switch over a closed union exhaustive at compile time, and loud at run time. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}
