import type { BodyFacts, EndpointFacts, IdentityFacts, RequestFacts } from './policy.ts';

/** What `when` sees, as CEL types. `satisfies` keeps it in step with the facts: a missing or a surplus field does not compile. */
export const celSchemas = {
  identity: {
    subject: 'string',
    issuer: 'string',
    groups: 'list<string>',
    client: 'string',
    method: 'string',
  } satisfies Record<keyof IdentityFacts, string>,
  request: {
    method: 'string',
    host: 'string',
    path: 'string',
    query: 'string',
  } satisfies Record<Exclude<keyof RequestFacts, 'port'>, string>,
  endpoint: {
    name: 'string',
    api: 'string',
    model: { name: 'string', version: 'string', tier: 'string', owner: 'string' } satisfies Record<
      keyof EndpointFacts['model'],
      string
    >,
  } satisfies Record<keyof EndpointFacts, unknown>,
  body: {
    bytes: 'int',
    rows: 'int',
    model: 'string',
    stream: 'bool',
    max_tokens: 'int',
    n: 'int',
  } satisfies Record<keyof BodyFacts, string>,
};
