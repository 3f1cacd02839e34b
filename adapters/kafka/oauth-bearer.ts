import type { Mechanism } from 'kafkajs';
import type { AccessTokens } from './access-token.ts';
import { type Problem, ProblemError } from './problem.ts';

/**
 * SASL OAUTHBEARER (RFC 7628) for kafkajs, whose own takes every answer for a login: a broker refuses a token with an answer that
 * has no error code, only a text that says so. The next request would then fail, as something else.
 */
export function oauthBearer(tokens: AccessTokens): Mechanism {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({
      async authenticate() {
        const token = await tokens.current();
        if (!token.ok) throw new ProblemError(token.error);
        const said = await saslAuthenticate({
          request: { encode: () => withLength(Buffer.from(`n,,\x01auth=Bearer ${token.value}\x01\x01`)) },
          response: { decode: (answer: Buffer) => answer.subarray(4), parse: (answer: Buffer) => answer },
        });
        if (said !== undefined && said.length > 0) throw new ProblemError(refusedToken);
      },
    }),
  };
}

const refusedToken: Problem = {
  reason: 'authentication_failed',
  detail:
    'the broker does not accept the token: check issuer, audience and keys that its listener expects, and its clock',
};

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
