import { isLoopback, parseListener } from './authority.ts';

/** Where a service listens: a TCP address, or the file of a Unix socket. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export const listenAddressWords = 'HOST:PORT, such as 127.0.0.1:9191, or unix:/path/of.sock';
const unixScheme = 'unix:';

/** `sun_path` of Linux has 108 bytes with the final zero; the kernel would cut a longer one, or take another file. */
export const maxSocketPathBytes = 107;

/** undefined: not an address that has one reading. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (!text.startsWith(unixScheme)) {
    const tcp = parseListener(text);
    return tcp && { kind: 'tcp', ...tcp };
  }
  const path = text.slice(unixScheme.length);
  // `unix://host/…` is a URL of other tools; read as a path it would be another file than they mean.
  if (path === '' || path.startsWith('//') || path.endsWith('/') || /\p{Cc}/u.test(path)) return undefined;
  return { kind: 'unix', path };
}

export function formatListenAddress(address: ListenAddress): string {
  return address.kind === 'unix' ? `${unixScheme}${address.path}` : `${address.host}:${address.port}`;
}

/** Whether only this machine can reach it. */
export function isLocalAddress(address: ListenAddress): boolean {
  return address.kind === 'unix' || isLoopback(address.host);
}

export function fitsSocketPath(path: string): boolean {
  return new TextEncoder().encode(path).length <= maxSocketPathBytes;
}
