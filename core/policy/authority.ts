/** A host, and the port when one is written. Lower case; IPv6 addresses keep their brackets. */
export interface Authority {
  readonly host: string;
  readonly port?: string;
}

/** Without the `u` flag, so that `i` folds ASCII only: the Kelvin sign is no "k". */
const form = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9._-]{0,252}[a-z0-9])?)(?::(\d{1,5}))?$/i;

/** undefined: not an authority that has one reading (user info, empty host, empty or impossible port, other characters). */
export function parseAuthority(text: string): Authority | undefined {
  const match = form.exec(text);
  const host = match?.[1]?.toLowerCase();
  if (host === undefined) return undefined;
  const port = match?.[2];
  if (port === undefined) return { host };
  const number = Number(port);
  return number >= 1 && number <= 65_535 ? { host, port: String(number) } : undefined;
}

/** HOST:PORT to listen on; port 0 lets the system choose. */
export function parseListener(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(.*):(\d{1,5})$/s.exec(text);
  const authority = parseAuthority(match?.[1] ?? '');
  const port = Number(match?.[2]);
  if (!authority || authority.port !== undefined || port > 65_535) return undefined;
  return { host: authority.host, port };
}

/** Reaches this machine only. Names other than localhost are not trusted to stay there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(host);
}
