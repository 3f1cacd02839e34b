/** What is sent to every target: one kind of call at one concurrency. */
import type { CallName } from '../traffic/order.ts';

export interface Case {
  readonly name: string;
  readonly title: string;
  readonly call: CallName;
  readonly connections: number;
  /** What CPU is divided by. */
  readonly unit: 'call' | 'event';
}

export const cases: readonly Case[] = [
  { name: '4k-c16', title: '1 KB → 4 KB, 16 at a time', call: '4k', connections: 16, unit: 'call' },
  { name: '4k-c1', title: '1 KB → 4 KB, one at a time', call: '4k', connections: 1, unit: 'call' },
  { name: '64k-c16', title: '1 KB → 64 KB, 16 at a time', call: '64k', connections: 16, unit: 'call' },
  { name: '64k-c1', title: '1 KB → 64 KB, one at a time', call: '64k', connections: 1, unit: 'call' },
  { name: 'sse', title: '32 streams of 100 events', call: 'sse', connections: 32, unit: 'event' },
];
