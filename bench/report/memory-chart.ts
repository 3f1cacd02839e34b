/** Resident memory of every process over time. */
import type { Machine } from '../measure/machine.ts';
import type { MemorySample } from '../soak/memory.ts';
import { parts } from '../targets/target.ts';
import { axisSteps, colours, line, path, svg, text } from './svg.ts';

const width = 960;
const height = 420;
const area = { left: 70, right: 880, top: 80, bottom: 350 };

export function memoryChart(title: string, samples: readonly MemorySample[], machine: Machine): string {
  const seconds = samples.at(-1)?.seconds ?? 0;
  const maxMiB = Math.max(1, ...samples.flatMap(({ residentMiB }) => Object.values(residentMiB))) * 1.1;
  const x = (at: number): number => area.left + (at / Math.max(1, seconds)) * (area.right - area.left);
  const y = (mib: number): number => area.bottom - (mib / maxMiB) * (area.bottom - area.top);
  const shapes = [
    text(24, 34, title, { size: 18, bold: true }),
    text(24, 54, 'Resident memory in MiB, each second', { fill: colours.faint }),
  ];
  for (const step of axisSteps(maxMiB)) {
    shapes.push(line(area.left, y(step), area.right, y(step), colours.grid));
    shapes.push(text(area.left - 8, y(step) + 4, String(step), { anchor: 'end', size: 11, fill: colours.faint }));
  }
  for (const step of axisSteps(seconds)) {
    shapes.push(text(x(step), area.bottom + 18, `${step} s`, { anchor: 'middle', size: 11, fill: colours.faint }));
  }
  for (const part of parts) {
    const points = samples.flatMap(({ seconds: at, residentMiB }) => {
      const mib = residentMiB[part];
      return mib === undefined ? [] : [[x(at), y(mib)] as const];
    });
    const [endX = area.right, endY = area.bottom] = points.at(-1) ?? [];
    shapes.push(path(points, colours[part]), text(endX + 6, endY + 4, part, { fill: colours[part], bold: true }));
  }
  const { cores, model, node, envoy, commit } = machine;
  shapes.push(
    text(24, height - 20, `${cores} cores of ${model}, Node ${node}, Envoy ${envoy}, commit ${commit}`, {
      size: 11,
      fill: colours.faint,
    }),
  );
  return svg(width, height, title, shapes);
}
