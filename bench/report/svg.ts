/** The few shapes that the charts are made of, as text. No scripts, no fonts or pictures from elsewhere. */
export const colours = {
  text: '#1f2328',
  faint: '#6e7781',
  grid: '#d8dee4',
  envoy: '#8c959f',
  authz: '#bf8700',
  proc: '#0969da',
} as const;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? '');
/** Tenths of a pixel are enough, and keep the files small. */
const px = (value: number): string => String(Math.round(value * 10) / 10);

export function text(
  x: number,
  y: number,
  content: string,
  style: {
    readonly anchor?: 'start' | 'middle' | 'end';
    readonly size?: number;
    readonly bold?: true;
    readonly fill?: string;
  } = {},
): string {
  const { anchor = 'start', size = 12, bold, fill = colours.text } = style;
  const weight = bold ? ' font-weight="600"' : '';
  return `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}" font-size="${size}"${weight} fill="${fill}">${escaped(content)}</text>`;
}

/** @param hover what a reader sees who points at it */
export function bar(x: number, y: number, width: number, height: number, fill: string, hover: string): string {
  const box = `x="${px(x)}" y="${px(y)}" width="${px(Math.max(0, width))}" height="${px(height)}"`;
  return `<rect ${box} fill="${fill}"><title>${escaped(hover)}</title></rect>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): string {
  return `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" stroke="${stroke}" stroke-width="${width}"/>`;
}

export function path(points: readonly (readonly [number, number])[], stroke: string): string {
  const joined = points.map(([x, y]) => `${px(x)},${px(y)}`).join(' ');
  return `<polyline points="${joined}" fill="none" stroke="${stroke}" stroke-width="1.5"/>`;
}

export function svg(width: number, height: number, title: string, shapes: readonly string[]): string {
  const font = 'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" ${font}>`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...shapes,
    '</svg>',
    '',
  ].join('\n');
}

/** Round steps for an axis from 0 to `max`, about five of them. */
export function axisSteps(max: number): number[] {
  if (!(max > 0)) return [0];
  const rough = max / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step);
}
