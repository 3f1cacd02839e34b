/**
 * The file of a Unix socket. A process that is killed leaves its file behind, and the next one cannot listen on it; but a file is
 * only taken away when it is a socket of ours that nobody listens on.
 */
import { lstatSync, type Stats, statSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { fitsSocketPath, maxSocketPathBytes } from '@countersign/core/policy/listen-address.ts';

const writableByOthers = 0o002;
const sticky = 0o1000;
/** Nobody to answer: the listener is gone, not merely busy. */
const deadCodes = new Set(['ECONNREFUSED', 'ENOENT']);

/** `alive`: somebody listens on it. `dead`: a process that is gone has left it. */
export type SocketState = 'free' | 'alive' | 'dead';

/** Throws a sentence for people when the place is not fit for a socket, or what lies there is not one of ours. */
export async function lookAtSocket(path: string): Promise<SocketState> {
  if (!fitsSocketPath(path))
    throw new Error(`${path} is too long for a Unix socket (at most ${maxSocketPathBytes} bytes)`);
  assertSafeFolder(dirname(path));
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'free';
  // lstat, so a link is seen as a link: what it points to is not ours to remove.
  if (!found.isSocket()) throw new Error(`${path} exists and is not a socket: it is left alone`);
  if (!isOurs(found)) throw new Error(`${path} is a socket of another user: it is left alone`);
  return (await answers(path)) ? 'alive' : 'dead';
}

/** Afterwards `path` is free. Throws a sentence for people when it cannot be. */
export async function claimSocketPath(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const state = await lookAtSocket(path);
  if (state === 'free') return;
  if (state === 'alive') throw new Error(`${path}: another process listens on it`);
  const now = lstatSync(path, { throwIfNoEntry: false });
  // Another starter may have been faster: what lies there now may be alive.
  if (now !== undefined && now.ino !== found?.ino) throw new Error(`${path}: another process has just taken it`);
  if (now !== undefined) unlinkSync(path);
}

/** Whoever may rename in the folder may put a socket of their own there, and get what Envoy sends. */
function assertSafeFolder(folder: string): void {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true) throw new Error(`${folder} is not a folder: a socket needs one`);
  if (!isOurs(stat) && stat.uid !== 0) throw new Error(`${folder} belongs to another user: no place for a socket`);
  if ((stat.mode & writableByOthers) !== 0 && (stat.mode & sticky) === 0) {
    throw new Error(`${folder} is writable by everybody: no place for a socket; chmod o-w`);
  }
}

const isOurs = ({ uid }: Stats): boolean => uid === process.geteuid?.();

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // A full backlog (EAGAIN) is alive; what we may not even ask (EACCES) is not ours to judge.
      if (deadCodes.has(error.code ?? '')) resolve(false);
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(new Error(`${path} cannot be tried (${error.code})`));
    });
  });
}
