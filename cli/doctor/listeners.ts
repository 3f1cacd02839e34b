import { lookAtSocket } from '@countersign/adapters/listen/socket-file.ts';
import { readTlsFiles } from '@countersign/adapters/listen/tls-files.ts';
import type { Configuration, ListenerTlsConfig } from '@countersign/core/policy/config.ts';
import { parseListenAddress } from '@countersign/core/policy/listen-address.ts';
import type { Check } from './check.ts';

const dayMs = 86_400_000;
/** Time for somebody to read this, and for an authority that signs by hand. */
const soonMs = 14 * dayMs;

/** What the listeners need of the file system: folders for sockets, certificates and keys. */
export async function checkListeners({ listeners }: Configuration): Promise<readonly Check[]> {
  const paths = [listeners.authz, ...listeners.proc].flatMap((text) => {
    const address = parseListenAddress(text);
    return address?.kind === 'unix' ? [address.path] : [];
  });
  const sockets = await Promise.all(paths.map(checkSocket));
  return listeners.tls === undefined ? sockets : [...sockets, ...checkTls(listeners.tls, Date.now())];
}

async function checkSocket(path: string): Promise<Check> {
  const about = 'socket';
  try {
    const state = await lookAtSocket(path);
    if (state !== 'dead') return { about, state: 'ok', detail: `${path} (${state === 'free' ? 'free' : 'in use'})` };
    const remedy = 'nothing to do: the next start takes it away';
    return { about, state: 'absent', detail: `${path} was left by a process that is gone`, remedy };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { about, state: 'wrong', detail, remedy: 'listen in a folder that only the services may write to' };
  }
}

function checkTls(config: ListenerTlsConfig, nowMs: number): readonly Check[] {
  const about = 'listeners.tls';
  const files = readTlsFiles(config, nowMs);
  if (!files.ok) {
    return [{ about, state: 'wrong', detail: files.error, remedy: 'see docs/configuration.md, listeners' }];
  }
  const { notAfterMs, authoritiesNotAfterMs } = files.value;
  return [
    ends(about, config.certificate, notAfterMs, nowMs),
    ends(about, config.clientCa, authoritiesNotAfterMs, nowMs),
    { about, state: 'ok', detail: `Envoy is ${config.clientSan.join(' or ')}` },
  ];
}

function ends(about: string, file: string, endMs: number, nowMs: number): Check {
  const day = new Date(endMs).toISOString().slice(0, 10);
  if (endMs - nowMs > soonMs) return { about, state: 'ok', detail: `${file}, until ${day}` };
  const remedy = 'renew it; the services take the new file without a restart';
  const state = endMs <= nowMs ? 'wrong' : 'warning';
  return { about, state, detail: `${file} ${endMs <= nowMs ? 'ended' : 'ends'} on ${day}`, remedy };
}
