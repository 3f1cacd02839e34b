/** A disk that begins to fail once a file exists, imitated below the program by a library that is loaded before libc. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int failing(void) { return access(getenv("FAILING_DISK"), F_OK) == 0; }
#define FAIL(name) int name(int fd) { \\
  if (failing()) { errno = EIO; return -1; } \\
  return ((int (*)(int))dlsym(RTLD_NEXT, #name))(fd); }
FAIL(fsync)
FAIL(fdatasync)
`;

/** Set-up compiles an addon, so one of them is there; a C++ compiler takes C by `-x c`. */
const compiler = ['cc', 'gcc', 'c++', 'g++', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Why it cannot be imitated here. */
export const skipWithoutCompiler =
  compiler === undefined ? 'no C compiler here: a disk that fails cannot be imitated' : false;

export interface FailingDisk {
  /** For the process whose disk it is. */
  readonly env: Readonly<Record<'LD_PRELOAD' | 'FAILING_DISK', string>>;
  readonly fails: boolean;
  /** From now on each fsync and fdatasync is EIO. */
  fail(): void;
  recover(): void;
}

/** @param folder of the test's own, which outlives the process */
export function createFailingDisk(folder: string): FailingDisk {
  const library = path.join(folder, 'failing-disk.so');
  const failing = path.join(folder, 'failing');
  fs.writeFileSync(`${library}.c`, source);
  const flags = ['-x', 'c', '-shared', '-fPIC', '-o', library, `${library}.c`, '-ldl'];
  const built = spawnSync(compiler ?? '', flags, { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  return {
    env: { LD_PRELOAD: library, FAILING_DISK: failing },
    get fails() {
      return fs.existsSync(failing);
    },
    fail: () => fs.writeFileSync(failing, ''),
    recover: () => fs.rmSync(failing, { force: true }),
  };
}
