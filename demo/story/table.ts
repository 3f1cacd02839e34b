import type { Step } from './stage.ts';

const widths = { name: 46, expected: 44 } as const;

/** One step as a row: what, expected, seen, ok. Long cells go on below, so nothing is cut off. */
export function row(step: Step): string {
  const name = wrap(step.name, widths.name);
  const expected = wrap(step.expected, widths.expected);
  const seen = wrap(step.seen, 60);
  const height = Math.max(name.length, expected.length, seen.length);
  return Array.from({ length: height }, (_, line) => {
    const mark = line > 0 ? '    ' : step.ok ? 'ok  ' : 'FAIL';
    const cells = [(name[line] ?? '').padEnd(widths.name), (expected[line] ?? '').padEnd(widths.expected)];
    return `${mark}  ${cells.join('  ')}  ${seen[line] ?? ''}`.trimEnd();
  }).join('\n');
}

export const heading = row({ name: 'step', expected: 'expected', seen: 'seen', ok: true }).replace('ok  ', '    ');

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [''];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
