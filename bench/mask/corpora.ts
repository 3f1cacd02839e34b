/** What is masked: bytes that every run makes anew, the same each time. */
import { randomFrom } from '../measure/statistics.ts';

export interface Corpus {
  readonly name: string;
  /** `json` bodies are read as JSON, `text` ones as text. */
  readonly api: 'json' | 'text';
  /** Exactly `bytes` bytes of ASCII. JSON may be cut at its end: nothing here parses it. */
  readonly make: (bytes: number) => Uint8Array;
}

const encoder = new TextEncoder();
type Random = () => number;

/** Pieces until there are enough. */
const filled =
  (piece: (random: Random, at: number) => string) =>
  (bytes: number): Uint8Array => {
    const random = randomFrom(5);
    const parts: string[] = [];
    for (let length = 0, at = 0; length < bytes; at++) {
      const part = piece(random, at);
      parts.push(part);
      length += part.length;
    }
    return encoder.encode(parts.join('')).subarray(0, bytes);
  };

const from = <T>(random: Random, values: readonly [T, ...T[]]): T =>
  values[Math.floor(random() * values.length)] ?? values[0];
const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => Math.floor(random() * 10)).join('');
const hex = (random: Random, count: number): string =>
  Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('');
const uuid = (random: Random): string => [8, 4, 4, 4, 12].map((length) => hex(random, length)).join('-');
const cents = (random: Random): number => Math.floor(random() * 1_000_000) / 100;
const instant = (random: Random): string => new Date(1.7e12 + random() * 5e10).toISOString();

const given = ['Alice', 'Brian', 'Carmen', 'Dmitri', 'Elena', 'Femi', 'Grace', 'Hiro'] as const;
const family = ['Okafor', 'Nguyen', 'Miller', 'Rossi', 'Keller', 'Tanaka', 'Silva', 'Novak'] as const;

/** A number with a right Luhn digit. */
function card(random: Random): string {
  const body = `4${digits(random, 14)}`;
  let sum = 0;
  for (const [at, digit] of Array.from(body).reverse().entries()) {
    const value = at % 2 === 0 ? Number(digit) * 2 : Number(digit);
    sum += value > 9 ? value - 9 : value;
  }
  return `${body}${(10 - (sum % 10)) % 10}`;
}

const ssn = (random: Random): string =>
  `${100 + Math.floor(random() * 500)}-${10 + Math.floor(random() * 89)}-${1000 + Math.floor(random() * 8999)}`;
const phone = (random: Random): string => `(${212 + Math.floor(random() * 700)}) 555-${digits(random, 4)}`;
const address = (random: Random): string =>
  `${from(random, given)}.${from(random, family)}${digits(random, 2)}@example.com`.toLowerCase();

/** A bank's customers and payments: a value to mask about every 150 bytes. */
const customer = (random: Random, at: number): string =>
  `${JSON.stringify({
    customer_id: `C-${100_000 + at}`,
    name: `${from(random, given)} ${from(random, family)}`,
    ssn: ssn(random),
    email: address(random),
    phone: phone(random),
    opened: instant(random).slice(0, 10),
    segment: from(random, ['retail', 'private', 'business']),
    card: at % 2 === 0 ? card(random) : Number(card(random)),
    balance: cents(random),
    last_payments: [
      { id: uuid(random), at: instant(random), amount: cents(random), currency: 'USD', memo: 'invoice, as agreed' },
      { id: uuid(random), at: instant(random), amount: cents(random), currency: 'EUR', memo: 'rent for the month' },
    ],
  })},\n`;

/** What most traffic is: nothing to mask, and full of digits. */
const event = (random: Random): string =>
  `${JSON.stringify({
    id: uuid(random),
    at: instant(random),
    amount: cents(random),
    currency: 'USD',
    score: random(),
    status: from(random, ['booked', 'pending', 'rejected']),
    ref: `R${digits(random, 7)}`,
    features: [random().toFixed(6), Math.floor(random() * 1000), true, null],
    trace: hex(random, 32),
  })},\n`;

const sentences = [
  'Your balance has not changed since last week, and the branch on the corner is open until five.',
  'We looked at the documents that you sent us, and everything that the policy asks for is there.',
  'If the payment does not arrive by Friday, please call us again; nobody will charge you for the delay.',
  'The rate depends on how long you keep the account, on its currency, and on what the central bank decides in spring.',
  'A standing order can be changed at any time, in the app or at the counter, and takes effect with the next month.',
] as const;
const asides = [
  (random: Random) => `You can reach her at ${phone(random)} in the morning.`,
  (random: Random) => `We wrote to ${address(random)} about it.`,
  () => 'That was in March 2024, for 1,250.00 dollars, and again a year later.',
] as const;

/** What a model writes, with about one value to mask in 1 KB. */
const prose = (random: Random): string =>
  `${from(random, random() < 0.12 ? [from(random, asides)(random)] : sentences)}${random() < 0.2 ? '\n\n' : ' '}`;

export const corpora: readonly Corpus[] = [
  { name: 'dense', api: 'json', make: filled(customer) },
  { name: 'clean', api: 'json', make: filled(event) },
  { name: 'prose', api: 'text', make: filled(prose) },
];

/** Text as unlike any text as can be: what each alphabet is there for is a pattern that it keeps busy. */
const alphabets: Readonly<Record<string, string>> = {
  digits: '0123456789',
  'digits and dashes': '0123456789-',
  'digits, spaces, dashes': '0123456789 -',
  'digits, spaces, dots, dashes': '0123456789 -.',
  'digits and all separators': '0123456789 -./()+',
  'digits and plus signs': '0123456789+',
  'letters and dots': 'abcdefghijklmnopqrstuvwxyz.',
  'letters, dots, at signs': 'abcdefghijklmnop.@',
  'at signs and dots': 'a@.',
  'at signs': '@',
  hexadecimal: '0123456789abcdef',
  'hexadecimal, colons': '0123456789abcdef:',
  base64: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  'capitals and digits': 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  'one digit': '1',
  'one letter': 'a',
  'quotes and colons': '": 1a',
  'backslashes and u': '\\u0031',
  'percent signs': '%25340',
  ampersands: '&#49;x',
};

export const adversarial: readonly Corpus[] = Object.entries(alphabets).map(([name, alphabet]) => ({
  name,
  api: 'text',
  make: filled((random) => Array.from({ length: 64 }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')),
}));

/** An answer as chat models stream it: a token an event, a value to mask now and then. */
export function chatEvents(count: number): readonly Uint8Array[] {
  const text = new TextDecoder().decode(filled(prose)(count * 5));
  const head = {
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'bank-assistant',
  };
  return Array.from({ length: count }, (_, at) => {
    const delta = { content: text.slice(at * 5, at * 5 + 5) };
    return encoder.encode(
      `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`,
    );
  });
}
