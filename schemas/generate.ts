/** `npm run generate`: writes what is made of the types of the records. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { documents } from './documents.ts';

const folder = import.meta.dirname;
const made = documents();
mkdirSync(path.join(folder, 'records'), { recursive: true });
for (const name of readdirSync(path.join(folder, 'records'))) {
  if (!made.has(`records/${name}`)) rmSync(path.join(folder, 'records', name));
}
for (const [name, text] of made) writeFileSync(path.join(folder, name), text);
