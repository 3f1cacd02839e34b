/** One block of an event stream as fields, and back. The grammar of fields is eventsource-parser's. */
import { createParser, type EventSourceParser } from 'eventsource-parser';

export interface Block {
  readonly comments: readonly string[];
  readonly retryMs: number | undefined;
  readonly id: string | undefined;
  readonly event: string | undefined;
  /** undefined: a block without data, such as a comment that keeps a connection alive. */
  readonly data: string | undefined;
  /** Lines that are no field were left out. */
  readonly hasUnknownLines: boolean;
}

type Draft = { -readonly [K in keyof Block]: Block[K] } & { comments: string[] };

export class BlockParser {
  readonly #parser: EventSourceParser;
  #draft: Draft = emptyDraft();

  constructor() {
    this.#parser = createParser({
      onEvent: ({ event, data }) => {
        this.#draft.event = event;
        this.#draft.data = data;
      },
      onId: (id) => {
        this.#draft.id = id;
      },
      onRetry: (ms) => {
        this.#draft.retryMs = ms;
      },
      onComment: (comment) => {
        this.#draft.comments.push(comment);
      },
      onError: () => {
        this.#draft.hasUnknownLines = true;
      },
    });
    // It looks for a byte order mark in what it is fed first, which need not be the first block.
    this.#parser.feed('\n');
  }

  /** @param text the lines of one block, without a byte order mark in front */
  parse(text: string): Block {
    const plain = parsePlain(text);
    if (plain !== undefined) return plain;
    this.#draft = emptyDraft();
    this.#parser.feed(`${text}\n\n`);
    return this.#draft;
  }
}

/** What nearly all blocks are: one line of data, perhaps with a name in front, and nothing that needs a grammar. */
function parsePlain(text: string): Block | undefined {
  if (text.includes('\r')) return undefined;
  const nameEnd = text.startsWith(eventField) ? text.indexOf('\n') : 0;
  const dataAt = nameEnd > 0 ? nameEnd + 1 : 0;
  if (!text.startsWith(dataField, dataAt) || text.includes('\n', dataAt)) return undefined;
  const event = nameEnd > 0 ? text.slice(eventField.length, nameEnd) : undefined;
  const data = text.slice(dataAt + dataField.length);
  return event === '' ? undefined : { ...noFields, event, data };
}

const eventField = 'event: ';
const dataField = 'data: ';
const noFields = { comments: [], retryMs: undefined, id: undefined, hasUnknownLines: false } as const;

const emptyDraft = (): Draft => ({
  comments: [],
  retryMs: undefined,
  id: undefined,
  event: undefined,
  data: undefined,
  hasUnknownLines: false,
});

/** The block as text, its blank line included; '' when nothing is left of it. Lines end with LF. */
export function serialiseBlock(block: Omit<Block, 'hasUnknownLines'>): string {
  let text = '';
  for (const comment of block.comments) text += `: ${comment}\n`;
  if (block.retryMs !== undefined) text += `retry: ${block.retryMs}\n`;
  if (block.id !== undefined) text += `id: ${block.id}\n`;
  if (block.data !== undefined) {
    if (block.event !== undefined) text += `event: ${block.event}\n`;
    if (!block.data.includes('\n')) text += `data: ${block.data}\n`;
    else for (const line of block.data.split('\n')) text += `data: ${line}\n`;
  }
  return text === '' ? '' : `${text}\n`;
}
