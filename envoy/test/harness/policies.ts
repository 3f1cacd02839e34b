/** The policy most e2e tests run under. */
export const assistantPolicy = `version: 1
endpoints:
  - name: assistant
    match: { host: models.bank.test, path: /v1/chat/completions, methods: [POST] }
    api: openai
    model: { name: bank-assistant, version: "1", tier: medium, owner: model-risk }
    mask: { request: none, response: bank }
    record: { payload: sealed, retention: 13 months, unavailable: refuse }
    upstream: { credential: model-key }
  - name: scoring
    match: { host: models.bank.test, path: "/v2/models/*/infer", methods: [POST] }
    api: open-inference-v2
    model: { name: "{path[2]}", version: "7", tier: high, owner: model-risk }
    mask: { request: none, response: bank }
    record: { payload: sealed, retention: 25 months, unavailable: refuse }
    upstream: { credential: model-key }
  - name: plain
    match: { host: models.bank.test, path: "/text/**", methods: [GET, HEAD, POST] }
    api: text
    model: { name: echo }
    mask: { request: none, response: bank }
    record: { payload: sealed, retention: 13 months, unavailable: refuse }
rules:
  - { name: analysts, match: { groups: [analysts] }, then: allow }
  - name: bulk-needs-approval
    match: { endpoint: scoring }
    when: body.rows > 100
    then: hold
    approval: { groups: [model-risk], count: 1, wait: 20s, expires: 5m, scope: request }
    because: Scoring many accounts at once needs model-risk approval
  - name: never-a-dump
    match: { endpoint: scoring }
    when: body.rows > 50000
    then: deny
    because: Whole-portfolio scoring runs in the batch system
`;
