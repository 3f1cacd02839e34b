/** Supervises one child and then waits to be killed: the process under test of warden.test.ts. */
import { startChild } from '../child.ts';
import { startWarden } from '../warden-link.ts';

const [logs = ''] = process.argv.slice(2);
const child = await startChild(
  {
    name: 'left-behind',
    program: () => ({ file: process.execPath, args: ['-e', 'setInterval(() => {}, 1000); console.log("up")'] }),
    ready: async (running) => void (await running.line((line) => (line === 'up' ? line : undefined))),
  },
  { logs, warden: startWarden(500), tell: () => undefined },
);
console.log(child.pid());
