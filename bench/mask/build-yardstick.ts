/** Builds yardstick.cc from the sources of RE2 and Abseil that npm's `re2` carries: the same version that masks. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillOnce } from '../../setup/cache.mjs';
import { cacheDirectory, root } from '../../setup/paths.mjs';
import { announced } from '../../setup/progress.mjs';
import { run } from '../../setup/subprocess.mjs';

const re2 = join(root, 'node_modules', 're2');
const source = fileURLToPath(new URL('yardstick.cc', import.meta.url));
const program = 'yardstick';

/** @returns the program's path; built once for each content and version */
export async function buildYardstick(): Promise<string> {
  const gyp = readFileSync(join(re2, 'binding.gyp'), 'utf8');
  // Windows has a source of its own.
  const vendored = [...gyp.matchAll(/"(vendor\/[^"]+(?<!_win)\.cc)"/g)].map(([, path = '']) => path);
  const makefile = makefileOf(vendored);
  const key = createHash('sha256')
    .update(readFileSync(join(re2, 'package.json')))
    .update(readFileSync(source))
    .update(makefile)
    .update(process.arch)
    .digest('hex');
  const directory = join(cacheDirectory(), `mask-yardstick-${key.slice(0, 12)}`);
  if (!existsSync(join(directory, program))) {
    await announced('building the yardstick, RE2 in C++', 'a few minutes on two cores, once per machine', () =>
      fillOnce(directory, async (partial) => {
        copyFileSync(source, join(partial, basename(source)));
        writeFileSync(join(partial, 'Makefile'), makefile);
        await run(['make', '--silent', '-j2', program], {
          what: 'the yardstick could not be built',
          advice: 'read the log; a C++20 compiler and make are needed',
          log: join(root, '.build', 'setup', 'mask-yardstick.log'),
          cwd: partial,
          env: { RE2: re2 },
        });
      }),
    );
  }
  return join(directory, program);
}

/** Flags as in binding.gyp. Objects lie beside the program and are of no further use. */
function makefileOf(vendored: readonly string[]): string {
  const objects = vendored.map((path) => `${path.replaceAll('/', '+')}.o`);
  const rules = vendored.map((path, at) => `${objects[at]}:\n\t$(CXX) $(FLAGS) -c $(RE2)/${path} -o $@\n`);
  return [
    'FLAGS = -std=c++20 -O3 -DNDEBUG -w -I$(RE2)/vendor/re2 -I$(RE2)/vendor/abseil-cpp',
    `${program}: yardstick.cc ${objects.join(' ')}\n\t$(CXX) $(FLAGS) $^ -o $@ -pthread\n`,
    ...rules,
  ].join('\n');
}
