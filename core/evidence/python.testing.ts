/** Readers that are not ours: what Python's standard library makes of our CSV files and of our page. */
import { spawnSync } from 'node:child_process';

export const skipWithoutPython =
  spawnSync('python3', ['--version']).status === 0 ? false : 'no python3: apt-get install -y python3';

const csvReader = `
import csv, io, json, sys
for line in sys.stdin:
    print(json.dumps(list(csv.reader(io.StringIO(json.loads(line), newline=''), strict=True))))
`;

const pageReader = `
import json, sys
from html.parser import HTMLParser
class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []
    def handle_starttag(self, tag, attributes):
        self.seen.append({'start': tag, 'attributes': dict(attributes), 'count': len(attributes)})
    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)
    def handle_endtag(self, tag):
        self.seen.append({'end': tag})
    def handle_data(self, text):
        self.seen.append({'text': text})
    def other(self, text):
        self.seen.append({'other': text})
    handle_comment = handle_decl = handle_pi = unknown_decl = other
for line in sys.stdin:
    reader = Reader()
    reader.feed(json.loads(line))
    reader.close()
    print(json.dumps(reader.seen))
`;

/** One process for all of them: a line of JSON for each text, in and out. */
function python<T>(program: string, texts: readonly string[]): readonly T[] {
  const { stdout, stderr, status } = spawnSync('python3', ['-c', program], {
    input: texts.map((text) => `${JSON.stringify(text)}\n`).join(''),
    encoding: 'utf8',
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`python3 ended with ${status}: ${stderr}`);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line));
}

/** The records of each file. Strict: what RFC 4180 does not have is an error. */
export const readCsv = (files: readonly string[]): readonly (readonly (readonly string[])[])[] =>
  python(csvReader, files);

export type Seen =
  | { readonly start: string; readonly attributes: Readonly<Record<string, string | null>>; readonly count: number }
  | { readonly end: string }
  | { readonly text: string }
  | { readonly other: string };

/** What stands in each page, in order. */
export const readPages = (pages: readonly string[]): readonly (readonly Seen[])[] => python(pageReader, pages);
