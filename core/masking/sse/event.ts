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
  }

  /** @param text the lines of one block; the parser strips a BOM from the first one. */
  parse(text: string): Block {
    this.#draft = emptyDraft();
    this.#parser.feed(`${text}\n\n`);
    return this.#draft;
  }
}

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
    for (const line of block.data.split('\n')) text += `data: ${line}\n`;
  }
  return text === '' ? '' : `${text}\n`;
}
