/**
 * A policy of a given number of rules that lets the bench's caller through. Every call faces most of them: a third is for any
 * endpoint, the rest is spread over the endpoints of the bench, and two of three ask for something that a table cannot look up.
 */
const endpoints = ['4k', '64k', 'sse'] as const;

const endpoint = (name: string): string => `  - name: chat-${name}
    match: { host: models.bank.test, path: /${name}/v1/chat/completions, methods: [POST] }
    api: openai
    model: { name: bank-assistant, version: "1", tier: high, owner: model-risk }
    mask: { request: none, response: bank }
    record: { payload: sealed, retention: 25 months, unavailable: refuse }
    upstream: { credential: model-key }`;

/** Of the caller, in the token: what a directory gives an ordinary member of staff. */
export const callerGroups = ['analysts', 'staff', 'emea', 'team-7', 'team-23'] as const;

type RuleOf = (name: string, at: number, where: string) => string;

const kinds: readonly RuleOf[] = [
  (name, at, where) => `  - name: ${name}
    match: { ${where}groups: [team-${at % 40}] }
    when: request.method == 'POST' && body.max_tokens <= ${1024 + at}
    then: allow`,
  (name, at, where) => `  - name: ${name}
    match: { ${where}}
    when: identity.groups.exists(g, g == 'contractors-${at}') && body.rows > ${at % 50}
    then: hold
    approval: { groups: [model-risk], count: 1, wait: 60s, expires: 30m, scope: request }
    because: A contractor needs a second person for more than a few messages`,
  (name, at, where) => `  - name: ${name}
    match: { ${where}}
    when: body.bytes > ${1_000_000 + at} || body.n > ${8 + (at % 8)}
    then: deny
    because: Larger than this model may be asked`,
  (name, at, where) => `  - name: ${name}
    match: { ${where}subjects: ["batch-${at}@bank.test"] }
    then: deny
    because: Batch identities have a window of their own`,
  (name, at, where) => `  - name: ${name}
    match: { ${where}}
    when: identity.client == 'retired-${at}' && request.path.startsWith('/${at}/')
    then: deny
    because: This client was retired`,
  (name, at, where) => `  - name: ${name}
    match: { ${where}groups: [team-${(at + 3) % 40}, desk-${at % 25}] }
    then: allow`,
];

export function policyOf(rules: number): string {
  return policy(endpoints.map(endpoint), [allowAnalysts, ...ruleLines(rules - 1)]);
}

const allowAnalysts = `  - name: analysts
    match: { groups: [analysts] }
    then: allow`;

function ruleLines(count: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    const where = at % 3 === 0 ? '' : `endpoint: chat-${endpoints[(at >> 1) % endpoints.length]}, `;
    return kinds[at % kinds.length]?.(`rule-${at}`, at, where).replace(', }', ' }') ?? '';
  });
}

const policy = (endpointLines: readonly string[], rules: readonly string[]): string =>
  `version: 1\nendpoints:\n${endpointLines.join('\n')}\nrules:\n${rules.join('\n')}\n`;

/** Ten rules, and what a soak sends besides: calls that are denied before and after their body, and calls that wait for somebody. */
export function soakPolicy(): string {
  const scoring = `  - name: credit
    match: { host: models.bank.test, path: "/v2/models/*/infer", methods: [POST] }
    api: open-inference-v2
    model: { name: "{path[2]}", version: "7", tier: high, owner: model-risk }
    upstream: { credential: model-key }`;
  return policy([...endpoints, 'denied'].map(endpoint).concat(scoring), [
    allowAnalysts,
    `  - { name: closed, match: { endpoint: chat-denied }, then: deny, because: This assistant is closed }`,
    `  - name: bulk-needs-a-second-person
    match: { endpoint: credit }
    when: body.rows > 100
    then: hold
    approval: { groups: [model-risk], count: 1, wait: 1s, expires: 20s, scope: request }
    because: Scoring many accounts at once needs model-risk approval`,
    `  - { name: never-a-dump, match: { endpoint: credit }, when: body.rows > 500, then: deny, because: Runs in the batch system }`,
    ...ruleLines(6),
  ]);
}

/** Long texts of which only the digest is kept: a sealed copy of a gibibyte is nobody's wish. */
export function streamsPolicy(): string {
  const long = `  - name: long
    match: { host: models.bank.test, path: "/long/*", methods: [GET] }
    api: text
    model: { name: long }
    mask: { request: none, response: bank }
    record: { payload: digest }`;
  return policy([...endpoints.map(endpoint), long], [allowAnalysts]);
}
