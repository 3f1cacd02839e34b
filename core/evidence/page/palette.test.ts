import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairs, palette, type Tone } from './palette.ts';

/** WCAG 2.2, 1.4.3 (AA), for text of any size. */
const leastContrast = 4.5;

const luminance = (colour: string): number => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const sides: readonly (keyof Tone)[] = ['light', 'dark'];

for (const side of sides) {
  test(`every text has enough contrast with what it stands on, ${side}`, () => {
    const seen = pairs.map(
      ([text, ground]) => [`${text} on ${ground}`, contrast(palette[text][side], palette[ground][side])] as const,
    );
    assert.deepEqual(
      seen.filter(([, ratio]) => ratio < leastContrast),
      [],
    );
  });
}
