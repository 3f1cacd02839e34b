/**
 * Values planted into texts, with what must be left of each, written by hand: an oracle that shares no code with the engine.
 * And the ways of cutting bytes into chunks.
 */
import fc from 'fast-check';
import type { ReadApi } from '../policy/policy.ts';
import type { MaskingEngine } from './engine.ts';
import type { BodyMasker } from './masker.ts';
import { bankProfile } from './profile.ts';

export interface Planted {
  readonly value: string;
  readonly masked: string;
}

export const planted: readonly Planted[] = [
  { value: '123-45-6789', masked: '***-**-****' },
  { value: '078-05-1120', masked: '***-**-****' },
  { value: '987.65.4321', masked: '***.**.****' },
  { value: '4111111111111111', masked: '************1111' },
  { value: '4111 1111 1111 1111', masked: '**** **** **** 1111' },
  { value: '5555-5555-5555-4444', masked: '****-****-****-4444' },
  { value: '3782 822463 10005', masked: '**** ****** *0005' },
  { value: '2223003122003222', masked: '************3222' },
  { value: '6304 0000 0000', masked: '**** **** 0000' },
  { value: 'GB82WEST12345698765432', masked: '**********************' },
  { value: 'gb82 west 1234 5698 7654 32', masked: '**** **** **** **** **** **' },
  { value: 'DE89 3704 0044 0532 0130 00', masked: '**** **** **** **** **** **' },
  { value: 'alice.o-neil+x@mail.example.co.uk', masked: '**************@******************' },
  { value: 'b@ex.org', masked: '*@******' },
  { value: '(415) 555-2671', masked: '(***) ***-****' },
  { value: '415-555-2671', masked: '***-***-****' },
  { value: '1.415.555.2671', masked: '*.***.***.****' },
  { value: '+1 415 555 2671', masked: '+* *** *** ****' },
  { value: '+442079460958', masked: '+************' },
  { value: '+49 (30) 901820', masked: '+** (**) ******' },
  { value: '001-518-640-0854', masked: '***-***-***-****' },
  { value: '415-555-2671 ext. 4587', masked: '***-***-**** ***. ****' },
  { value: '01.84.17.61.18', masked: '**.**.**.**.**' },
  { value: '07700 063 966', masked: '***** *** ***' },
  { value: '912-70-1234', masked: '***-**-****' },
  { value: '10.20.30.40', masked: '**.**.**.**' },
  { value: '2001:db8::ff00:42:8329', masked: '****:***::****:**:****' },
  { value: '00:1B:44:11:3A:B7', masked: '**:**:**:**:**:**' },
  { value: '1EG4-TE5-MK73', masked: '****-***-****' },
  { value: 'AB 12 34 56 C', masked: '** ** ** ** *' },
  { value: '0x52908400098527886E0F7030069857D2E4169EE7', masked: '******************************************' },
  { value: 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq', masked: '******************************************' },
];

/** Words and names that say what stands behind them, and values that count only there. */
const pointing = fc.constantFrom(
  ...[
    '"ssn":',
    '"phone":"',
    '"card":{"number":',
    '"account_number":',
    '"customer_name":"',
    '"first_name":["',
    '\\"dob\\":\\"',
  ],
  ...[
    'SSN ',
    'call me on ',
    'routing number',
    'account no. ',
    "driver's license ",
    'passport',
    'born ',
    'BIC: ',
    'NHS no',
    'tel',
  ],
  ...[
    '123456789',
    '021000021',
    '9472 7916',
    '1980-03-12',
    '12 March 1980',
    'C12345678',
    'DEUTDEFF500',
    '943 476 5919',
    'Ann Lée',
  ],
);

export const anyPlanted = fc.constantFrom(...planted);

/** Text in which nothing can match: no digit, no at sign; and nothing that would make a JSON number of what follows. */
export const harmless = fc.string({
  unit: fc.constantFrom(
    'a',
    'B',
    'z',
    ' ',
    '.',
    '-',
    '(',
    ')',
    '\n',
    'é',
    '—',
    '漢',
    '😀',
    '"',
    "'",
    '/',
    '{',
    '}',
    ']',
    'x:',
    '_',
  ),
  maxLength: 12,
});

/** Text that is as near to a match as can be, and often one. */
const nearMisses = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('0', '1', '4', '5', '9', '-', ' ', '.', '@', '+', '(', ')', 'G', 'B', 'f', 'x'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\\',
      '\\u0034',
      '\\n',
      'u',
      'n',
      '"',
      ':',
      ',',
      '[',
      ']',
      '{',
      '}',
      '\u00a0',
      '\u2011',
      'é',
      '漢',
      '😀',
      '\n',
    ),
  },
  { weight: 2, arbitrary: anyPlanted.map(({ value }) => value) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('4111', '1111', '123', '45', '6789', '@ex.org', 'GB82', 'WEST', '00000000000000000000'),
  },
);
const maxUnits = 30;

/** The same without a word that points: where one text is the name of another, and the oracle does not know. */
export const hostileWithoutWords = fc.string({ unit: nearMisses, maxLength: maxUnits });

export const hostile = fc.string({
  unit: fc.oneof({ weight: 12, arbitrary: nearMisses }, { weight: 2, arbitrary: pointing }),
  maxLength: maxUnits,
});

/** What may stand on either side of a value without gluing it to something else, or making a JSON number of it. */
const edge = fc.constantFrom(' ', '\n', '; ', '"', 'é ', '—', ' 漢', ' x: ', '<', '>', '|', '=');

/** A text with values in it, and the same text masked by hand. */
export const textWithPlanted: fc.Arbitrary<Planted> = fc
  .array(fc.tuple(harmless, edge, anyPlanted, edge), { minLength: 1, maxLength: 4 })
  .map((pieces) => ({
    value: pieces.map(([text, before, { value }, after]) => text + before + value + after).join(''),
    masked: pieces.map(([text, before, { masked }, after]) => text + before + masked + after).join(''),
  }));

export interface Outcome {
  readonly bytes: Uint8Array;
  readonly summary: ReturnType<BodyMasker['summary']>;
}

/** Runs a masker over chunks that end at `cuts`, an ascending list of offsets. */
export function maskInChunks(masker: BodyMasker, bytes: Uint8Array, cuts: readonly number[]): Outcome {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    // Copies: a masker may keep or overwrite nothing of a chunk, and neither may a later chunk change what it gave.
    parts.push(masker.push(bytes.slice(from, cut)).slice());
    from = cut;
  }
  parts.push(masker.end().slice());
  return { bytes: concatenate(parts), summary: masker.summary() };
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const everyByte = (length: number): readonly number[] => Array.from({ length }, (_, at) => at);

/** Random ascending cuts as fractions of a length that is not known yet. */
export const anyCuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 });
export const cutsAt = (fractions: readonly number[], length: number): readonly number[] =>
  fractions.map((fraction) => Math.floor(fraction * length)).sort((a, b) => a - b);

/** A text as one body that nothing takes apart, in profile `bank`, cut into chunks. */
export const maskFlat =
  (engine: MaskingEngine) =>
  (text: string, api: ReadApi, cuts: readonly number[]): string => {
    const masker = engine.masker({ api, contentType: '', direction: 'request', path: '' }, bankProfile, {
      eventBytes: 1024,
    });
    return new TextDecoder().decode(maskInChunks(masker, new TextEncoder().encode(text), cuts).bytes);
  };
