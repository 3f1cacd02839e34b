/** Writes a pack on a disk that fails from the first of it on, or once it was released, and prints why there is none. */
import fs from 'node:fs';
import { writePackFolder } from '../pack-folder.ts';

const [out = '', when] = process.argv.slice(2);
const fail = (): void => fs.writeFileSync(process.env['FAILING_DISK'] ?? '', '');
if (when === 'at once') fail();
try {
  await writePackFolder({
    out,
    files: [{ name: 'a', content: () => ['a'] }],
    sign: async () => 'the note\n',
    release: async () => {
      if (when === 'once released') fail();
    },
    onProgress: () => undefined,
  });
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message : String(error));
}
