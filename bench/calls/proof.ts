/** Before anything is timed: a target does what it is timed for. Fast because nothing was masked would be no result. */
import { call } from '@countersign/envoy/test/harness/client.ts';
import type { Target } from '../targets/target.ts';
import { sensitive } from '../traffic/bodies.ts';
import { calls } from '../traffic/calls.ts';
import type { CallName } from '../traffic/order.ts';

/** Resolves with what is wrong; undefined: nothing. */
export async function proveMasking(target: Target, name: CallName): Promise<string | undefined> {
  const { path, method, body } = calls[name];
  const headers = { 'content-type': 'application/json' };
  const answer = await call({ port: target.port, path, method, headers, body, token: target.token });
  if (answer.status !== 200 || !answer.complete) return `${target.name}: ${name} answered ${answer.status}`;
  const text = name === 'sse' ? streamedText(answer.body.toString()) : answer.body.toString();
  const seen = sensitive.filter((value) => text.includes(value));
  const expected = target.masks ? 0 : sensitive.length;
  return seen.length === expected ? undefined : `${target.name}: ${seen.length} of ${sensitive.length} values in clear`;
}

/** What a chat client would show: the pieces of all events, joined. */
function streamedText(body: string): string {
  return [...body.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)]
    .map(([, piece = '""']) => String(JSON.parse(piece)))
    .join('');
}
