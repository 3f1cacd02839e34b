/**
 * A server that is not honest parts a value over lanes; some client joins it all the same. In no text that any of these clients
 * reads is a value left, and honest streams with several lanes go out as they came.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import fc from 'fast-check';
import type { ReadApi } from '../../policy/policy.ts';
import { maskInChunks } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';
import { runs } from '../seeded-runs.testing.ts';
import { dig, eventsOf, type Sent, sse } from './wire.testing.ts';

const engine = createMasking();

function mask(api: ReadApi, stream: string) {
  const kind = { api, contentType: 'text/event-stream', direction: 'response', path: '' } as const;
  const masker = engine.masker(kind, bankProfile, { eventBytes: 1 << 20 });
  const { bytes, summary } = maskInChunks(masker, new TextEncoder().encode(stream), []);
  return { text: new TextDecoder().decode(bytes), faults: summary.faults };
}

/** Of an element of an event: where it stands and what it says it is. */
interface Element {
  readonly index: number | undefined;
  readonly odd: boolean;
  readonly text: string;
}
type Wire = readonly (readonly Element[])[];

/** How clients tell apart what they join. */
type Reader = (element: Element, position: number) => unknown;
const readers: Readonly<Record<string, Reader>> = {
  'by index': ({ index }) => index,
  'by index, none is 0': ({ index = 0 }) => index,
  'the first of each event': (_, position) => position === 0 || undefined,
  'by position': (_, position) => position,
  'all of them': () => true,
  'by index and kind': ({ index, odd }) => `${index} ${odd}`,
  'of one kind': ({ odd }) => odd || undefined,
  'of the other kind, first of each event': ({ odd }, position) => (position === 0 && !odd) || undefined,
};

const pieces = fc.constantFrom(
  ...['536', '-22-', '8841', '5', '3', '6', ' 22 ', '8841, ', ' ', 'zz', 'x ', 'my SSN is ', '536228841 ', 'is'],
  ...['4111 1111 ', '1111 1111', '4', '1111', '"', 'ann', '@', 'ex.org', '. ', 'a@b', '\n', '(415) ', '555-', '2671'],
);
const index = fc.constantFrom(0, 0, 1, 1, 2, undefined);

interface Vendor {
  readonly api: ReadApi;
  /** How many elements an event may have. */
  readonly elements: number;
  readonly write: (elements: readonly Element[]) => Sent;
  readonly read: (event: Sent) => Wire[number];
}
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const vendors: Readonly<Record<string, Vendor>> = {
  'choices of OpenAI, text in a delta or a message': {
    api: 'openai',
    elements: 2,
    write: (elements) => ({
      choices: elements.map(({ index, odd, text }) => ({ index, [odd ? 'message' : 'delta']: { content: text } })),
    }),
    read: (event) =>
      list(event['choices']).map((choice) => ({
        index: number(dig(choice, 'index')),
        odd: dig(choice, 'message') !== undefined,
        text: textOf(dig(choice, 'delta', 'content') ?? dig(choice, 'message', 'content')),
      })),
  },
  'calls of OpenAI, keys in two cases': {
    api: 'openai',
    elements: 2,
    write: (elements) => ({
      choices: [
        {
          index: 0,
          delta: {
            tool_calls: elements.map(({ index, odd, text }) => ({
              index,
              function: { [odd ? 'Arguments' : 'arguments']: text },
            })),
          },
        },
      ],
    }),
    read: (event) =>
      list(dig(event, 'choices', 0, 'delta', 'tool_calls')).map((call) => ({
        index: number(dig(call, 'index')),
        odd: dig(call, 'function', 'Arguments') !== undefined,
        text: textOf(dig(call, 'function', 'arguments') ?? dig(call, 'function', 'Arguments')),
      })),
  },
  'items of Responses, two types': {
    api: 'openai',
    elements: 1,
    write: ([element]) => ({
      type: element?.odd === true ? 'response.text.delta' : 'response.output_text.delta',
      output_index: element?.index,
      content_index: 0,
      delta: element?.text,
    }),
    read: (event) => [
      {
        index: number(event['output_index']),
        odd: event['type'] === 'response.text.delta',
        text: textOf(event['delta']),
      },
    ],
  },
  'blocks of Anthropic, deltas of two types': {
    api: 'anthropic',
    elements: 1,
    write: ([element]) => ({
      type: 'content_block_delta',
      index: element?.index,
      delta: { type: element?.odd === true ? 'other_delta' : 'text_delta', text: element?.text },
    }),
    read: (event) => [
      {
        index: number(event['index']),
        odd: dig(event, 'delta', 'type') === 'other_delta',
        text: textOf(dig(event, 'delta', 'text')),
      },
    ],
  },
  'candidates of Gemini, thoughts and text': {
    api: 'gemini',
    elements: 2,
    write: (elements) => ({
      candidates: elements.map(({ index, odd, text }) => ({
        index,
        content: { parts: [{ text, ...(odd ? { thought: true } : {}) }] },
      })),
    }),
    read: (event) =>
      list(event['candidates']).map((candidate) => ({
        index: number(dig(candidate, 'index')),
        odd: dig(candidate, 'content', 'parts', 0, 'thought') === true,
        text: textOf(dig(candidate, 'content', 'parts', 0, 'text')),
      })),
  },
};

/** What a client that tells pieces apart like this has in the end. */
function joined(wire: Wire, reader: Reader): readonly string[] {
  const texts = new Map<unknown, string>();
  for (const elements of wire) {
    for (const [position, element] of elements.entries()) {
      const key = reader(element, position);
      if (key !== undefined || reader === readers['by index']) texts.set(key, (texts.get(key) ?? '') + element.text);
    }
  }
  return [...texts.values()];
}

/**
 * Whether a value is left. What a lane has more letters or digits at either end of is none there, whatever else it is joined to;
 * nines are stars in JSON.
 */
function isLegible(text: string, wire: Wire): boolean {
  const starred = text.replaceAll(/9{7,}/g, (nines) => '*'.repeat(nines.length));
  const lanes = [
    ...joined(wire, ({ index, odd }, position) => `${index ?? position} ${odd}`),
    ...joined(wire, ({ index }, position) => index ?? position),
  ];
  return engine.inspect(starred, bankProfile).spans.some(([start, end]) => {
    const value = RegExp.escape(starred.slice(start, end));
    return !lanes.some((lane) => new RegExp(`[\\p{L}\\p{N}]${value}|${value}[\\p{L}\\p{N}]`, 'u').test(lane));
  });
}

describe('however pieces of values are given to lanes, no client reads a value', () => {
  for (const [name, { api, elements, write, read }] of Object.entries(vendors)) {
    it(name, (test) => {
      const element = fc.record({ index, odd: fc.boolean(), text: pieces });
      const wires = fc.array(fc.array(element, { minLength: 1, maxLength: elements }), { maxLength: 14 });
      fc.assert(
        fc.property(wires, (wire) => {
          const { text } = mask(api, sse(wire.map(write), false));
          const received = eventsOf(text).map(read);
          for (const [reads, reader] of Object.entries(readers)) {
            for (const one of joined(received, reader)) {
              assert.ok(!isLegible(one, wire), `${reads}: ${JSON.stringify(one)}\n${text}`);
            }
          }
        }),
        runs(test, times(10_000, 300)),
      );
    });
  }
});

describe('an honest stream with several lanes goes out as it came', () => {
  const prose = [
    'There are 3 apples and 12 pears in 2 boxes, 45 in all; by 2027 it was 1,200. "Fine", he said: 99.5 % of them.',
    'In 2024 the firm had 250 people in 14 offices. Revenue rose 12.5 % to 3,480 million, and 7 of 9 divisions grew.',
  ];
  const tokens = (text: string, size: number): readonly string[] =>
    Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
  /** What each lane says, in turn. */
  const inTurn = (event: (lane: number, text: string) => Sent, size: number): readonly Sent[] => {
    const lanes = prose.map((text) => tokens(text, size));
    return Array.from({ length: Math.max(...lanes.map(({ length }) => length)) }, (_, turn) =>
      lanes.flatMap((pieces, lane) => (pieces[turn] === undefined ? [] : [event(lane, pieces[turn])])),
    ).flat();
  };
  const streams: Readonly<Record<string, readonly [ReadApi, (lane: number, text: string) => Sent]>> = {
    'two choices of OpenAI, one an event': [
      'openai',
      (index, content) => ({ choices: [{ index, delta: { content }, finish_reason: null }] }),
    ],
    'two calls of OpenAI': [
      'openai',
      (index, text) => ({ choices: [{ index: 0, delta: { tool_calls: [{ index, function: { arguments: text } }] } }] }),
    ],
    'two blocks of Anthropic at once': [
      'anthropic',
      (index, text) => ({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } }),
    ],
    'two candidates of Gemini, one an event': [
      'gemini',
      (index, text) => ({ candidates: [{ index, content: { parts: [{ text }] } }] }),
    ],
    'a thought of Gemini beside text': [
      'gemini',
      (lane, text) => ({
        candidates: [{ index: 0, content: { parts: [{ text, ...(lane === 0 ? { thought: true } : {}) }] } }],
      }),
    ],
    'two items of Responses': [
      'openai',
      (item, delta) => ({ type: 'response.output_text.delta', output_index: item, content_index: 0, delta }),
    ],
  };
  for (const [name, [api, event]] of Object.entries(streams)) {
    it(name, () => {
      for (const size of [1, 2, 3, 4, 5, 7, 11]) {
        const { text, faults } = mask(api, sse(inTurn(event, size), false));
        assert.deepEqual(faults, [], `tokens of ${size}: ${text}`);
        assert.doesNotMatch(text, /\*/);
      }
    });
  }
});
