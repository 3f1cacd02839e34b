/** One process of Kafka, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answersApiVersions } from './ports.ts';

export type Properties = Readonly<Record<string, string | number | boolean | readonly string[]>>;

const readyWithinMs = 90_000;

export interface KafkaNode {
  pid(): number | undefined;
  runToEnd(mainClass: string, args: readonly string[]): Promise<void>;
  start(): Promise<void>;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export function createNode(directory: string, lib: string, port: number, jvm: readonly string[]): KafkaNode {
  const logFile = join(directory, 'broker.log');
  let running: ChildProcess | undefined;

  // A test run that exits must not leave a broker behind; nothing else would end it.
  const endWithUs = () => void running?.kill('SIGKILL');

  function launch(mainClass: string, args: readonly string[]): ChildProcess {
    const log = openSync(logFile, 'a');
    const child = spawn(javaPath(), [...jvmArguments(directory), ...jvm, '-cp', join(lib, '*'), mainClass, ...args], {
      cwd: directory,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    running = child;
    process.once('exit', endWithUs);
    child.once('exit', () => {
      if (running === child) running = undefined;
      process.removeListener('exit', endWithUs);
    });
    return child;
  }
  const failure = (what: string) =>
    new Error(`${what}: ${existsSync(logFile) ? readFileSync(logFile, 'utf8').slice(-2000) : 'no log'}`);

  return {
    pid: () => running?.pid,
    async runToEnd(mainClass, args) {
      const code = await exitOf(launch(mainClass, args));
      if (code !== 0) throw failure(`${mainClass} ended with ${code}`);
    },
    async start() {
      const child = launch('kafka.Kafka', [join(directory, 'server.properties')]);
      const giveUpAt = performance.now() + readyWithinMs;
      // It binds its port early and answers only when it serves; its log says nothing at this level.
      while (!(await answersApiVersions(port))) {
        if (child.exitCode !== null || child.signalCode !== null) throw failure('the broker ended while starting');
        if (performance.now() > giveUpAt) throw failure(`the broker was not ready within ${readyWithinMs} ms`);
        await sleep(50);
      }
    },
    async end(signal) {
      const child = running;
      if (child === undefined) return;
      const exited = exitOf(child);
      child.kill(signal);
      await exited;
    },
  };
}

function exitOf(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
    child.once('error', reject);
  });
}

export function javaPath(): string {
  const home = process.env['JAVA_HOME'];
  return home ? join(home, 'bin', 'java') : 'java';
}

/** The JVM that starts fastest, not the one that runs fastest: no second compiler, the simplest collector. */
function jvmArguments(directory: string): readonly string[] {
  const logging = `-Dlog4j2.configurationFile=${join(directory, 'log4j2.properties')}`;
  return ['-Xmx320m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', logging];
}

/** 16 random bytes in base64url, the first bit 0: an id that begins with '-' would be read as an option. */
export function randomId(): string {
  const [first = 0, ...rest] = randomBytes(16);
  return Buffer.from([first & 0x7f, ...rest]).toString('base64url');
}

/** `server.properties` and where its log goes. */
export function writeNodeFiles(directory: string, properties: Properties): void {
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(directory, 'server.properties'), lines.join(''));
  writeFileSync(join(directory, 'log4j2.properties'), logging);
}

const logging = `rootLogger.level=WARN
rootLogger.appenderRef.console.ref=Console
appender.console.type=Console
appender.console.name=Console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %-5p %c{1} %m%n
`;
