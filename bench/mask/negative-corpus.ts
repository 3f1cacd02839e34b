/**
 * Texts with nothing personal in them, of the kinds that fool maskers: everything found here is false. The same from the same
 * seed, line by line, each with the name of its kind.
 */
export interface NegativeLine {
  readonly kind: string;
  readonly text: string;
}

/** Random numbers of one seed (SplitMix32): what a corpus is made of. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 … `below` - 1 */
  roll(below: number): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let value = this.#state;
    value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
    value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
    return Math.floor((((value ^ (value >>> 15)) >>> 0) / 2 ** 32) * below);
  }
  pick<T>(list: readonly T[]): T {
    const one = list[this.roll(list.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }
  of(alphabet: string, count: number): string {
    return Array.from({ length: count }, () => alphabet[this.roll(alphabet.length)] ?? '').join('');
  }
  /** A number of `count` digits that does not begin with 0. */
  digits(count: number): string {
    return this.of('123456789', 1) + this.of('0123456789', count - 1);
  }
  hex(count: number): string {
    return this.of('0123456789abcdef', count);
  }
  two(below: number): string {
    return String(this.roll(below)).padStart(2, '0');
  }
}

const capitals = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const uuid = (dice: Dice): string => [8, 4, 4, 4, 12].map((count) => dice.hex(count)).join('-');
const date = (dice: Dice): string =>
  `20${10 + dice.roll(16)}-${String(1 + dice.roll(12)).padStart(2, '0')}-${String(1 + dice.roll(28)).padStart(2, '0')}`;
const time = (dice: Dice): string => `${dice.two(24)}:${dice.two(60)}:${dice.two(60)}`;
const seconds = (dice: Dice): number => 1_500_000_000 + dice.roll(300_000_000);
const amount = (dice: Dice): string => `${(1 + dice.roll(2_000_000)).toLocaleString('en-US')}.${dice.two(100)}`;
const feature = (dice: Dice): number => (dice.roll(2 ** 31) / 2 ** 30 - 1) * (dice.roll(2) === 0 ? 1 : 1e-3);
const version = (dice: Dice): string => `${dice.roll(30)}.${dice.roll(40)}.${dice.roll(200)}`;
const modules = ['ledger', 'router', 'scoring', 'cache', 'scheduler', 'batch', 'gateway', 'worker'];
const words = ['approved', 'pending', 'standard', 'priority', 'archived', 'renewal', 'transfer', 'review'];

const kinds: Readonly<Record<string, (dice: Dice) => string>> = {
  uuid: (dice) => `{"id":"${uuid(dice)}","trace":"${uuid(dice)}","parent":null}`,
  order_id: (dice) =>
    JSON.stringify({
      order: dice.digits(9),
      invoice: `INV-${dice.digits(8)}`,
      batch: Number(dice.digits(10)),
      item: dice.digits(7),
    }),
  number_in_json: (dice) => `{"id":${dice.digits(9)},"customer_id":${dice.digits(10)},"sequence":${dice.digits(6)}}`,
  epoch: (dice) => {
    const at = seconds(dice);
    return `{"s":${at},"ms":${at}${dice.digits(3)},"us":${at}${dice.digits(6)},"text":"${at}${dice.two(100)}0"}`;
  },
  timestamp: (dice) =>
    `{"at":"${date(dice)}T${time(dice)}.${dice.digits(6)}Z","until":"${date(dice)} ${time(dice)}+02:00"}`,
  amount: (dice) =>
    `{"balance":"${amount(dice)}","limit":${dice.digits(7)}.${dice.two(100)},"note":"USD ${amount(dice)} of $${amount(dice)}"}`,
  hash: (dice) => `sha256:${dice.hex(64)} md5 ${dice.hex(32)} commit ${dice.hex(40)} etag "${dice.hex(16)}"`,
  embedding: (dice) => `{"embedding":[${Array.from({ length: 12 }, () => feature(dice)).join(',')}]}`,
  scores: (dice) =>
    `{"outputs":[{"name":"score","datatype":"FP64","shape":[4],"data":[${Array.from({ length: 4 }, () => feature(dice) * 1e3).join(', ')}]}]}`,
  version: (dice) =>
    `upgraded ${dice.pick(modules)} from v${version(dice)} to ${version(dice)}-rc.${dice.roll(9)}, build ${version(dice)}.${dice.roll(9999)}`,
  log_line: (dice) =>
    `${date(dice)}T${time(dice)}.${dice.digits(3)}Z INFO [${dice.pick(modules)}-${dice.roll(64)}] request ${dice.hex(16)} took ${dice.roll(9000)}ms status=200 bytes=${dice.digits(6)} pid=${dice.digits(5)}`,
  sql: (dice) =>
    `SELECT id, amount FROM ${dice.pick(modules)} WHERE id IN (${dice.digits(8)}, ${dice.digits(9)}, ${dice.digits(10)}) AND created_at > '${date(dice)} ${time(dice)}' LIMIT ${dice.digits(4)};`,
  code: (dice) =>
    `  if (value_${dice.roll(99)} >= 0x${dice.hex(8)} && mask[${dice.roll(512)}] !== ${dice.digits(9)}n) return std::max<int>(a${dice.roll(9)}, ${dice.digits(5)});`,
  prose: (dice) =>
    `In ${2000 + dice.roll(26)} the bank wrote ${dice.digits(4)} loans in ${dice.roll(60)} branches, ${dice.roll(90)}.${dice.roll(9)} % more than the ${amount(dice)} dollars of ${dice.roll(30)} years before; section ${dice.roll(20)}.${dice.roll(9)} lists ${dice.digits(6)} of them.`,
  part_number: (dice) =>
    `part ${dice.digits(4)}-${dice.digits(3)}-${dice.digits(3)}, ${dice.of(capitals, 3)}-${dice.digits(3)}-${dice.digits(5)}, ${dice.digits(2)}.${dice.digits(4)}.${dice.digits(4)}, SKU ${dice.of(capitals, 4)}${dice.digits(6)}`,
  status: (dice) =>
    JSON.stringify({
      card_type: dice.pick(words),
      account_status: dice.pick(words),
      ssn_verified: true,
      ip_count: Number(dice.digits(9)),
      phone_verified_at: seconds(dice),
      passport_count: Number(dice.digits(9)),
    }),
  range: (dice) =>
    `rows ${dice.digits(5)}-${dice.digits(5)}, pages ${dice.digits(3)}-${dice.digits(3)}, ports ${dice.digits(5)}:${dice.digits(5)}, ${dice.roll(60)}/${dice.roll(60)}/${dice.roll(60)}`,
  base64: (dice) => `{"cursor":"${dice.of('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 88)}=="}`,
  coordinates: (dice) =>
    `{"lat":${dice.roll(90)}.${dice.digits(6)},"lon":-${dice.roll(180)}.${dice.digits(6)},"bbox":[${dice.roll(90)}.${dice.digits(5)},${dice.roll(90)}.${dice.digits(5)}]}`,
  path: (dice) =>
    `GET /v2/models/${dice.pick(modules)}/versions/${dice.roll(40)}/infer?page=${dice.digits(3)}&cursor=${dice.hex(24)}&t=${seconds(dice)}`,
};

export const negativeKinds: readonly string[] = Object.keys(kinds);

/** Lines in turn of all kinds, `bytes` of them or a little more. */
export function* negativeCorpus(seed: number, bytes: number): Generator<NegativeLine> {
  const dice = new Dice(seed);
  const makers = Object.entries(kinds);
  for (let written = 0; written < bytes; ) {
    for (const [kind, make] of makers) {
      const text = make(dice);
      written += text.length + 1;
      yield { kind, text };
    }
  }
}
