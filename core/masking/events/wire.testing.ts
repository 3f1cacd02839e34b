/** Streams on the wire, as plain servers write and plain clients read them: nothing here is the engine's. */
import type { JsonRecord } from '../../body/shape.ts';

export type Sent = JsonRecord;

/** With `event:` lines where the vendor's server writes them: the type of each event. */
export const sse = (events: readonly Sent[], named: boolean, last = ''): string =>
  events.map((event) => `${named ? `event: ${event['type']}\n` : ''}data: ${JSON.stringify(event)}\n\n`).join('') +
  last;
export const lines = (events: readonly Sent[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');
export const list = (events: readonly Sent[]): string =>
  `[${events.map((event) => JSON.stringify(event)).join(',\r\n')}]`;

/** Events of a stream in any of these forms; a name in front of one must be its type. */
export function eventsOf(stream: string): readonly Sent[] {
  if (stream.startsWith('[')) return JSON.parse(stream);
  if (stream.startsWith('{'))
    return stream
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  return stream.split('\n\n').flatMap((block) => {
    const [, name, data = ''] = /^(?:event: (.*)\n)?data: (.*)$/.exec(block) ?? [];
    if (data === '' || data === '[DONE]') return [];
    const event = JSON.parse(data);
    if (name !== undefined && name !== event.type) throw new Error(`${event.type} is called ${name}`);
    return [event];
  });
}

/** Follows keys and positions; undefined where there is nothing. */
export function dig(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

/** The texts at `path`, joined. */
export const joinedAt = (events: readonly Sent[], ...path: readonly (string | number)[]): string =>
  events.map((event) => dig(event, ...path) ?? '').join('');

const textKeys = /^(?:text|delta|thinking|partial_json|content|response|text_output|arguments|generated_text|summary)$/;

/** The event without its texts and its number: what must be the same before and after. */
export function withoutTexts(event: unknown): unknown {
  if (Array.isArray(event)) return event.map(withoutTexts);
  if (typeof event !== 'object' || event === null) return event;
  const members = Object.entries(event).map(([key, value]) => {
    if (key === 'sequence_number') return [key, 0];
    return [key, typeof value === 'string' && textKeys.test(key) ? '' : withoutTexts(value)];
  });
  return Object.fromEntries(members);
}
