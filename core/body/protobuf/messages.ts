/** Messages that hold what goes into a model or comes out, by the names that people know them by. */
import type { Api } from '../../policy/policy.ts';
import { dataCallsOf } from './methods.ts';
import type { Message } from './schema.ts';

const known = new Map<Api, ReadonlyMap<string, Message>>();

/** Empty: an API that has none. */
export function messagesOf(api: Api): ReadonlyMap<string, Message> {
  const found = known.get(api) ?? reachable(api);
  known.set(api, found);
  return found;
}

function reachable(api: Api): ReadonlyMap<string, Message> {
  const messages = new Map<string, Message>();
  const visit = (message: Message): void => {
    if (messages.has(message.name)) return;
    // An entry of a map has no name of its own.
    if (message.name !== '') messages.set(message.name, message);
    for (const field of message.fields.values()) if (field.kind === 'message') visit(field.message);
  };
  for (const { method } of dataCallsOf(api)) {
    visit(method.request);
    visit(method.response);
  }
  return messages;
}
