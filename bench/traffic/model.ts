/**
 * The model server of the bench, a process of its own: fixed answers from memory, by path. It says its port to its parent and
 * ends with it.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { answer4k, answer64k, eventGapMs, events } from './bodies.ts';
import { blocks, gibibyte, mebibyte } from './long-text.ts';

/** A gated answer goes on when so many are under way: what the bench calls concurrent is open at the same time. */
const gateSize = Number(process.argv[2] ?? 1);
const waiting: (() => void)[] = [];

function json(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}

/** Events leave at fixed times after the first, so that a late timer delays one event and not all that follow. */
function stream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const startedMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(events.length, Math.floor((performance.now() - startedMs) / eventGapMs) + 1);
    while (sent < due) response.write(events[sent++]);
    if (sent < events.length) return;
    clearInterval(timer);
    response.end();
  }, eventGapMs);
  response.on('close', () => clearInterval(timer));
}

async function longText(response: ServerResponse, bytes: number, gated: boolean): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  let sent = 0;
  for (const block of blocks(bytes)) {
    if (response.destroyed) return;
    if (!response.write(block)) await once(response, 'drain');
    if (gated && sent === 0) await gate();
    sent += 1;
  }
  response.end();
}

async function gate(): Promise<void> {
  const opened = new Promise<void>((resolve) => waiting.push(resolve));
  if (waiting.length >= gateSize) for (const open of waiting.splice(0)) open();
  await opened;
}

function answer(path: string, response: ServerResponse): void {
  if (path.startsWith('/4k/')) json(response, answer4k);
  else if (path.startsWith('/64k/')) json(response, answer64k);
  else if (path.startsWith('/sse/')) stream(response);
  else if (path === '/long/gated') void longText(response, mebibyte, true).catch(() => response.destroy());
  else if (path === '/long/once') void longText(response, gibibyte, false).catch(() => response.destroy());
  else response.writeHead(404).end();
}

const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  request.resume();
  request.on('end', () => answer(request.url ?? '', response));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 });
});
process.on('disconnect', () => process.exit(0));
