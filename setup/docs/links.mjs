/** Relative links in Markdown lead to files that exist, and their #fragments to headings that exist. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { filesBelow } from '../files.mjs';

/** `[text](target)`, `[text](<target> "title")`, `![image](target)` and `[name]: target`. */
const linkPattern = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\s{0,3}\[[^\]]+\]:\s+<?([^\s>]+)>?/gm;

/** @param {string} root @returns {Promise<readonly string[]>} */
export async function linkProblems(root) {
  const found = await Promise.all(filesBelow(root, ['.md']).map((path) => problemsIn(root, path)));
  return found.flat();
}

/** @param {string} root @param {string} path */
async function problemsIn(root, path) {
  const markdown = withoutCode(await readFile(path, 'utf8'));
  /** @type {string[]} */
  const problems = [];
  for (const match of markdown.matchAll(linkPattern)) {
    const target = match[1] ?? match[2] ?? '';
    // A scheme leads out of the repository; whether that answers is not for a check that must work without a network.
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
    const why = await problemWith(root, path, target);
    if (why) problems.push(`${relative(root, path)}:${lineOf(markdown, match.index)}: ${target} ${why}`);
  }
  return problems;
}

/** @param {string} root @param {string} from @param {string} target @returns {Promise<string | undefined>} */
async function problemWith(root, from, target) {
  const [file = '', fragment] = decodeURI(target).split('#', 2);
  const path = file === '' ? from : file.startsWith('/') ? join(root, file) : resolve(dirname(from), file);
  if (!existsSync(path)) return 'leads nowhere';
  if (!fragment || !path.endsWith('.md') || !statSync(path).isFile()) return undefined;
  return anchorsOf(await readFile(path, 'utf8')).has(fragment) ? undefined : 'names a heading that is not there';
}

/** The anchors that GitHub gives to headings: lower case, punctuation gone, blanks to hyphens, -1, -2 … for repeated ones. @param {string} markdown */
export function anchorsOf(markdown) {
  const anchors = new Set([...markdown.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)].map((match) => match[1]));
  for (const [, heading = ''] of withoutCode(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Fenced blocks blanked, and the backticks' content of what is not a heading kept out of link matching; lines stay where they are. @param {string} markdown */
function withoutCode(markdown) {
  const blank = (/** @type {string} */ text) => text.replace(/[^\n]/g, ' ');
  return markdown
    .replace(/^( *)(```+|~~~+)[\s\S]*?^ *\2[`~]*$/gm, blank)
    .replace(/`[^`\n]*`/g, (code) => (code.includes('](') ? blank(code) : code));
}

/** @param {string} text @param {number} offset */
function lineOf(text, offset) {
  // A reference definition's match starts with the line break before it.
  return text.slice(0, offset).split('\n').length + (text[offset] === '\n' ? 1 : 0);
}
