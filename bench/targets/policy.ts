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
  const lines = Array.from({ length: rules - 1 }, (_, at) => {
    const where = at % 3 === 0 ? '' : `endpoint: chat-${endpoints[(at >> 1) % endpoints.length]}, `;
    return kinds[at % kinds.length]?.(`rule-${at}`, at, where) ?? '';
  });
  return `version: 1
endpoints:
${endpoints.map(endpoint).join('\n')}
rules:
  - name: analysts
    match: { groups: [analysts] }
    then: allow
${lines.join('\n')}
`.replaceAll(', }', ' }');
}
