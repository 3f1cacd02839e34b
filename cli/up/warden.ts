/**
 * Ends what a supervisor left behind. It is told over stdin which processes run (`+PID`, `-PID`, one a line); the end of
 * stdin means the supervisor is gone, however it went: SIGKILL closes its pipes too. What is still listed then gets SIGTERM,
 * and after the grace SIGKILL. Run as a process of its own, in a session of its own.
 */
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const graceMs = Number(process.argv[2] ?? 15_000);
const running = new Set<number>();

for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (!Number.isSafeInteger(pid) || pid <= 1) continue;
  if (line.startsWith('+')) running.add(pid);
  else running.delete(pid);
}

for (const pid of running) signal(pid, 'SIGTERM');
const deadline = performance.now() + graceMs;
while (running.size > 0 && performance.now() < deadline) {
  for (const pid of running) if (!signal(pid, 0)) running.delete(pid);
  await pause(100);
}
for (const pid of running) signal(pid, 'SIGKILL');

/** False when there is no such process any more. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
