/**
 * The model server of the bench, a process of its own: fixed answers from memory, by path. It says its port to its parent and
 * ends with it.
 */
import { createServer, type ServerResponse } from 'node:http';
import { answer4k, answer64k, eventGapMs, events } from './bodies.ts';

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

const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  request.resume();
  request.on('end', () => {
    const path = request.url ?? '';
    if (path.startsWith('/4k/')) json(response, answer4k);
    else if (path.startsWith('/64k/')) json(response, answer64k);
    else if (path.startsWith('/sse/')) stream(response);
    else response.writeHead(404).end();
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 });
});
process.on('disconnect', () => process.exit(0));
