/** Linux's /proc, as text and as numbers. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** USER_HZ, which is 100 on every architecture that this project runs on (proc(5), `sysconf(_SC_CLK_TCK)`). */
const ticksPerSecond = 100;
const microsPerTick = 1_000_000 / ticksPerSecond;

/** User and system time of all threads, dead ones too, from `/proc/PID/stat`. The name may hold blanks and parentheses. */
export function parseProcessCpuMicros(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * microsPerTick;
}

/** `/proc/PID/stat`, and the same for a thread. */
export const parseName = (stat: string): string => stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));

/** Resident memory from `/proc/PID/status`, in bytes. */
export function parseResidentBytes(status: string): number {
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** The most resident memory there ever was, or since `resetPeak`, from `/proc/PID/status`, in bytes. */
export function parsePeakResidentBytes(status: string): number {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** What all cores together spent on anything but idling, from `/proc/stat`; guest time is within user time. */
export function parseMachineCpuMicros(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '')
    .split(' ')
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * microsPerTick;
}

export const processCpuMicros = (pid: number): number =>
  parseProcessCpuMicros(readFileSync(`/proc/${pid}/stat`, 'utf8'));
export const residentBytes = (pid: number): number => parseResidentBytes(readFileSync(`/proc/${pid}/status`, 'utf8'));
export const machineCpuMicros = (): number => parseMachineCpuMicros(readFileSync('/proc/stat', 'utf8'));
export const peakResidentBytes = (pid: number): number =>
  parsePeakResidentBytes(readFileSync(`/proc/${pid}/status`, 'utf8'));
/** proc(5), clear_refs: 5 sets the peak to what is resident now. */
export const resetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** By name of the thread, of those that live: Node's are MainThread, WorkerThread, V8Worker (compiles, collects), libuv-worker. */
export function threadCpuMicros(pid: number): ReadonlyMap<string, number> {
  const micros = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    const name = parseName(stat);
    micros.set(name, (micros.get(name) ?? 0) + parseProcessCpuMicros(stat));
  }
  return micros;
}
