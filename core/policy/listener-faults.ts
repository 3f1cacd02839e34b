import type { Diagnostic } from './config.ts';
import { valueAt } from './issues.ts';
import { fitsSocketPath, isLocalAddress, maxSocketPathBytes, parseListenAddress } from './listen-address.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** What is wrong with listeners as a whole: beyond this machine without TLS, too long for a socket, the same address twice. */
export function listenerFaults(source: YamlSource, absolute: (path: string) => string): readonly Diagnostic[] {
  const seen = new Set<string>();
  return written(source).flatMap(({ path, text }) => {
    const address = parseListenAddress(text);
    if (address === undefined) return [];
    if (address.kind === 'unix') {
      const file = absolute(address.path);
      if (!fitsSocketPath(file)) {
        return [source.at(path, `${file} is too long for a Unix socket`, `at most ${maxSocketPathBytes} bytes`)];
      }
      return twice(seen, `unix:${file}`) ? [source.at(path, `${text} is listened on twice`)] : [];
    }
    if (!isLocalAddress(address) && valueAt(source.raw, ['listeners', 'tls']) === undefined) {
      return [
        source.at(
          path,
          `${text} can be reached from other machines, and there is no listeners.tls`,
          'Envoy must prove who it is: set listeners.tls, or listen on loopback or a Unix socket',
        ),
      ];
    }
    return address.port !== 0 && twice(seen, text) ? [source.at(path, `${text} is listened on twice`)] : [];
  });
}

function twice(seen: Set<string>, address: string): boolean {
  if (seen.has(address)) return true;
  seen.add(address);
  return false;
}

/** The listeners that Envoy calls, valid or not, with their place in the file. The console has a rule of its own. */
function written(source: YamlSource): readonly { readonly path: Path; readonly text: string }[] {
  const proc = valueAt(source.raw, ['listeners', 'proc']);
  const places: readonly Path[] = [
    ['listeners', 'authz'],
    ...(Array.isArray(proc) ? proc.map((_, index): Path => ['listeners', 'proc', index]) : [['listeners', 'proc']]),
  ];
  return places.flatMap((path) => {
    const text = valueAt(source.raw, path);
    return typeof text === 'string' ? [{ path, text }] : [];
  });
}
