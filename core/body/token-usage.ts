/** How many tokens an answer says that it took. Read beside masking, from its beginning and its end: nothing else of it is kept. */
import type { ReadApi } from '../policy/policy.ts';

export interface TokenUsage {
  readonly promptTokens?: number;
  readonly completionTokens?: number;
  readonly totalTokens?: number;
}

/** Behind the usage come a few members at most; Anthropic says what the prompt took in the first event of a stream. */
const tailBytes = 4 * 1024;
const headBytes = 1024;
/** A number with more digits is no count of tokens, and could be somebody's number. */
const maxTokens = 99_999_999;
const maxTries = 16;

const speaking: ReadonlySet<ReadApi> = new Set(['openai', 'anthropic', 'gemini', 'ollama']);

export class UsageReader {
  #head: Uint8Array = none;
  #tail: Uint8Array = none;
  #tailLength = 0;

  /** undefined: answers of this API name no tokens. */
  static of(api: ReadApi): UsageReader | undefined {
    return speaking.has(api) ? new UsageReader() : undefined;
  }

  /** What it keeps it copies: the part may alias memory that is used again. */
  push(part: Uint8Array): void {
    if (this.#head.length < headBytes) this.#head = grown(this.#head, part);
    if (this.#tailLength === 0 || part.length >= tailBytes) {
      this.#tail = part.slice(-tailBytes);
      this.#tailLength = this.#tail.length;
      return;
    }
    this.#makeRoom(part.length);
    this.#tail.set(part, this.#tailLength);
    this.#tailLength += part.length;
  }

  #makeRoom(length: number): void {
    if (this.#tailLength + length <= this.#tail.length) return;
    const kept = this.#tail.subarray(Math.max(0, this.#tailLength - tailBytes), this.#tailLength);
    const tail = new Uint8Array(2 * tailBytes);
    tail.set(kept);
    this.#tail = tail;
    this.#tailLength = kept.length;
  }

  /** undefined: it names none, or nothing that is a count. */
  end(): TokenUsage | undefined {
    const last = usageIn(utf8.decode(this.#tail.subarray(0, this.#tailLength)));
    const first = last?.promptTokens === undefined ? usageIn(utf8.decode(this.#head)) : undefined;
    return last || first ? { ...first, ...last } : undefined;
  }
}

const none = new Uint8Array(0);
const utf8 = new TextDecoder();

function grown(head: Uint8Array, part: Uint8Array): Uint8Array {
  const more = part.subarray(0, headBytes - head.length);
  const whole = new Uint8Array(head.length + more.length);
  whole.set(head);
  whole.set(more, head.length);
  return whole;
}

/**
 * The last object under the name of one: text of the model stands in strings, where a quote has a backslash before it, so it cannot
 * spell such a member.
 */
function usageIn(text: string): TokenUsage | undefined {
  let from = text.length;
  for (let tries = 0; tries < maxTries; tries++) {
    const at = text.lastIndexOf('"usage', from);
    if (at === -1) break;
    const usage = text[at - 1] === '\\' ? undefined : countsAt(text, at);
    if (usage !== undefined) return usage;
    if (at === 0) break;
    from = at - 1;
  }
  return ofOllama(text);
}

const opening = /"(?:usage|usageMetadata)"\s*:\s*\{/y;

function countsAt(text: string, at: number): TokenUsage | undefined {
  opening.lastIndex = at;
  if (!opening.test(text)) return undefined;
  const counts = objectAt(text, opening.lastIndex - 1);
  if (counts === undefined) return undefined;
  return usageOf({
    promptTokens: firstOf(counts, ['prompt_tokens', 'input_tokens', 'promptTokenCount']),
    completionTokens: firstOf(counts, ['completion_tokens', 'output_tokens', 'candidatesTokenCount']),
    totalTokens: firstOf(counts, ['total_tokens', 'totalTokenCount']),
  });
}

/** Objects of counts hold no braces in strings; one that does is not read. */
function objectAt(text: string, start: number): ReadonlyMap<string, unknown> | undefined {
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    if (text[index] === '{') depth++;
    else if (text[index] === '}' && --depth === 0) return parsed(text.slice(start, index + 1));
  }
  return undefined;
}

function parsed(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

function firstOf(counts: ReadonlyMap<string, unknown>, names: readonly string[]): number | undefined {
  return names.map((name) => counts.get(name)).find(isCount);
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxTokens;

/** Ollama has no object of its own for them: members of the last line. */
function ofOllama(text: string): TokenUsage | undefined {
  const count = (name: string): number | undefined => {
    const found = Number(new RegExp(`(?<!\\\\)"${name}":\\s*(\\d{1,8})\\b`).exec(text)?.[1] ?? Number.NaN);
    return isCount(found) ? found : undefined;
  };
  return usageOf({
    promptTokens: count('prompt_eval_count'),
    completionTokens: count('eval_count'),
    totalTokens: undefined,
  });
}

function usageOf(
  counts: {
    readonly [Name in keyof TokenUsage]-?: number | undefined;
  },
): TokenUsage | undefined {
  const { promptTokens, completionTokens, totalTokens } = counts;
  if (promptTokens === undefined && completionTokens === undefined && totalTokens === undefined) return undefined;
  return {
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(completionTokens === undefined ? {} : { completionTokens }),
    ...(totalTokens === undefined ? {} : { totalTokens }),
  };
}
