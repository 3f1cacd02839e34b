/** Colours by what they are for, on paper or a light screen, and on a dark one. page/palette.test.ts holds each pair against WCAG AA. */
export interface Tone {
  readonly light: string;
  readonly dark: string;
}

export const palette = {
  paper: { light: '#ffffff', dark: '#14171a' },
  /** Behind heads of tables and what stands apart. */
  shade: { light: '#f4f5f3', dark: '#1e2327' },
  ink: { light: '#1a1d21', dark: '#e6e8ea' },
  /** What is read second. */
  quiet: { light: '#545b63', dark: '#a8b0b8' },
  rule: { light: '#d5d8d6', dark: '#373e45' },
  link: { light: '#134f91', dark: '#8dbdf2' },
  fine: { light: '#1a5e3a', dark: '#7fcf9f' },
  'fine-shade': { light: '#ecf5ef', dark: '#162a1f' },
  attention: { light: '#8f3300', dark: '#f4b07c' },
  'attention-shade': { light: '#fdf1e7', dark: '#33210f' },
  told: { light: '#3f4b59', dark: '#b7c3d0' },
  'told-shade': { light: '#f0f2f5', dark: '#20272f' },
} as const satisfies Record<string, Tone>;

export type Ink = keyof typeof palette;

/** Which stands on which. */
export const pairs: readonly (readonly [text: Ink, ground: Ink])[] = [
  ['ink', 'paper'],
  ['ink', 'shade'],
  ['ink', 'fine-shade'],
  ['ink', 'attention-shade'],
  ['ink', 'told-shade'],
  ['quiet', 'paper'],
  ['quiet', 'shade'],
  ['link', 'paper'],
  ['link', 'shade'],
  ['fine', 'paper'],
  ['fine', 'fine-shade'],
  ['attention', 'paper'],
  ['attention', 'attention-shade'],
  ['told', 'paper'],
  ['told', 'told-shade'],
];

export const colours = (side: keyof Tone): string =>
  Object.entries(palette)
    .map(([name, tone]) => `--${name}:${tone[side]}`)
    .join(';');
