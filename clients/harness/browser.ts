/** Chromium as it is, without a window, asked over its DevTools protocol. Nothing of it is installed by this project. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Document, parseDocument } from './document.ts';

const chromium = [process.env['CHROMIUM'], 'chromium', 'google-chrome', 'chromium-browser'].find(
  (name) => name !== undefined && spawnSync(name, ['--version']).status === 0,
);

export const skipWithoutChromium =
  chromium === undefined ? 'no Chromium: apt-get install -y chromium, or CHROMIUM=/path/to/it' : false;

/** It answers in milliseconds on a quiet machine. */
const answerWithinMs = 60_000;

export interface Tab {
  /** A command of the protocol. Rejects where Chromium says no. */
  ask(method: string, params?: object): Promise<Document>;
  /** What an expression is in the page, as far as JSON can say it. */
  evaluate(expression: string): Promise<unknown>;
  /** Opens it, and waits until it is loaded. */
  open(url: string): Promise<void>;
  /** Everything that Chromium told of itself, in order. */
  readonly events: readonly Document[];
}

export async function openBrowser(ends: AsyncDisposableStack): Promise<Tab> {
  if (chromium === undefined) throw new Error('a test that is not skipped without Chromium');
  const profile = await mkdtemp(join(tmpdir(), 'countersign-browser-'));
  ends.defer(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }));
  const child = spawn(chromium, [...flags, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  ends.defer(async () => {
    child.kill();
    await exited;
  });
  const [, , , commands, answers] = child.stdio;
  const { ask, events } = talk(commands as Duplex, answers as Duplex);
  const target = (await ask(undefined, 'Target.createTarget', { url: 'about:blank' })).text('targetId');
  const attached = await ask(undefined, 'Target.attachToTarget', { targetId: target, flatten: true });
  return tabOf(attached.text('sessionId'), ask, events);
}

/** Root may not use its sandbox; what is opened is a page of ours. It would look for updates, and there is no network. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-pipe',
];

type Ask = (session: string | undefined, method: string, params: object) => Promise<Document>;

/** Both ways JSON that ends with NUL. */
function talk(commands: Duplex, answers: Duplex): { readonly ask: Ask; readonly events: readonly Document[] } {
  const waiting = new Map<number, (answer: Document) => void>();
  const events: Document[] = [];
  let asked = 0;
  answers.setEncoding('utf8');
  let rest = '';
  answers.on('data', (chunk: string) => {
    const messages = `${rest}${chunk}`.split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages.map(parseDocument)) {
      const answered = waiting.get(Number(message.at('id')));
      if (answered) answered(message);
      else events.push(message);
    }
  });
  const ask: Ask = async (session, method, params) => {
    const id = ++asked;
    const answered = Promise.withResolvers<Document>();
    waiting.set(id, answered.resolve);
    const timer = setTimeout(() => answered.reject(new Error(`${method}: no answer`)), answerWithinMs);
    commands.write(`${JSON.stringify({ id, method, params, ...(session && { sessionId: session }) })}\0`);
    const answer = await answered.promise.finally(() => clearTimeout(timer));
    if (answer.at('error') !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.at('error'))}`);
    return new Document(answer.at('result'));
  };
  return { ask, events };
}

function tabOf(session: string, send: Ask, events: readonly Document[]): Tab {
  const ask: Tab['ask'] = (method, params = {}) => send(session, method, params);
  const evaluate: Tab['evaluate'] = async (expression) => {
    const said = await ask('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (said.at('exceptionDetails') !== undefined) throw new Error(JSON.stringify(said.value));
    return said.at('result', 'value');
  };
  return {
    ask,
    evaluate,
    events,
    async open(url) {
      for (const domain of ['Page', 'Network', 'Log', 'Runtime']) await ask(`${domain}.enable`);
      await ask('Page.navigate', { url });
      await evaluate(
        "new Promise((done) => (document.readyState === 'complete' ? done() : addEventListener('load', done)))",
      );
    },
  };
}
