import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  machineCpuMicros,
  parseMachineCpuMicros,
  parseName,
  parsePeakResidentBytes,
  parseProcessCpuMicros,
  parseResidentBytes,
  peakResidentBytes,
  processCpuMicros,
  residentBytes,
  threadCpuMicros,
} from './proc-files.ts';

test('CPU of a process is its user and system time, whatever is in its name', () => {
  const fields = '1 2 3 0 -1 4194560 30000 0 5 0 123 45 0 0 20 0 11 0 100 1000 2000';
  assert.equal(parseProcessCpuMicros(`77 (envoy) S ${fields}`), 1_680_000);
  assert.equal(parseProcessCpuMicros(`77 (a) 9 9 (b c) S ${fields}`), 1_680_000);
  assert.equal(parseName(`77 (a) 9 9 (b c) S ${fields}`), 'a) 9 9 (b c');
});

test('memory is what is resident now, and what ever was', () => {
  const status = 'Name:\tnode\nVmPeak:\t 900000 kB\nVmHWM:\t   3000 kB\nVmRSS:\t   2048 kB\nThreads:\t11\n';
  assert.equal(parseResidentBytes(status), 2_097_152);
  assert.equal(parsePeakResidentBytes(status), 3_072_000);
});

test('CPU of the machine is everything but idling and waiting for disks; time that a hypervisor took counts as used', () => {
  const stat = 'cpu  100 1 50 9999 77 3 2 4 60 0\ncpu0 50 0 25 5000 7 1 1 2 30 0\nintr 5\n';
  assert.equal(parseMachineCpuMicros(stat), 1_600_000);
});

test('the running kernel writes these files as they are read here', () => {
  const before = processCpuMicros(process.pid);
  const machineBefore = machineCpuMicros();
  // Not a duration that is asserted: it goes on until the kernel has counted something.
  while (processCpuMicros(process.pid) === before || machineCpuMicros() === machineBefore)
    JSON.stringify(process.versions);
  assert.ok((threadCpuMicros(process.pid).get('MainThread') ?? 0) > 0);
  assert.ok(residentBytes(process.pid) > 1 << 20);
  assert.ok(peakResidentBytes(process.pid) >= residentBytes(process.pid) / 2);
});
