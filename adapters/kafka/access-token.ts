import type { KafkaSaslConfig, SecretPlace } from '@countersign/core/policy/config.ts';
import type { Clock } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import { readBounded } from '../oidc/fetch-json.ts';
import type { Problem } from './problem.ts';

export interface AccessTokens {
  /** A token with enough life left for a login, fetched when there is none. Never throws. */
  current(): Promise<Result<string, Problem>>;
}

type Config = Extract<KafkaSaslConfig, { mechanism: 'OAUTHBEARER' }>;

const timeoutMs = 5_000;
/** The answer need not say how long a token lives (RFC 6749 §5.1). */
const assumedLifeMs = 60_000;
/**
 * Used for the first half of its life. A login lasts as long as its token; kafkajs renews it shortly before, and with a token that
 * has no more life than that it would renew it at once, again and again: a broker takes no two logins within a second.
 */
const usedShare = 0.5;

/** Tokens for client credentials (RFC 6749 §4.4), one at a time. The secret is read anew for each, as it may be exchanged. */
export function createAccessTokens(
  config: Config,
  readSecret: (place: SecretPlace) => Result<string, string>,
  clock: Pick<Clock, 'now'>,
): AccessTokens {
  let token: { readonly value: string; readonly useUntilMs: number } | undefined;
  let asking: Promise<Result<string, Problem>> | undefined;

  const ask = async (): Promise<Result<string, Problem>> => {
    const secret = readSecret(config.clientSecret);
    if (!secret.ok) return err({ reason: 'secret_unreadable', detail: secret.error });
    const askedAtMs = clock.now();
    const answer = await request(config, secret.value);
    if (!answer.ok) return answer;
    const { value, lifeMs } = answer.value;
    token = { value, useUntilMs: askedAtMs + lifeMs * usedShare };
    return ok(value);
  };

  return {
    async current() {
      if (token !== undefined && clock.now() < token.useUntilMs) return ok(token.value);
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
  };
}

async function request(
  { tokenUrl, clientId, scope }: Config,
  secret: string,
): Promise<Result<{ readonly value: string; readonly lifeMs: number }, Problem>> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) });
  // RFC 6749 §2.3.1: both are form-encoded before they are joined.
  const basic = Buffer.from(`${encoded(clientId)}:${encoded(secret)}`).toString('base64');
  let status: number;
  let document: unknown;
  try {
    const response = await fetch(tokenUrl, {
      method: 'POST',
      headers: { accept: 'application/json', authorization: `Basic ${basic}` },
      body: form,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    status = response.status;
    const body = await readBounded(response);
    document = body === undefined ? undefined : JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    if (error instanceof SyntaxError) return refused(tokenUrl, 'answers with something that is not JSON');
    const detail = `the token endpoint ${tokenUrl} does not answer`;
    return err({ reason: 'token_endpoint_unreachable', detail });
  }
  if (status >= 500) {
    return err({ reason: 'token_endpoint_unreachable', detail: `the token endpoint ${tokenUrl} answers ${status}` });
  }
  const value = textAt(document, 'access_token');
  // RFC 6750 §2.1: characters of a bearer token. Any other could end the field it travels in.
  if (status === 200 && value !== undefined && /^[A-Za-z0-9._~+/-]+=*$/.test(value)) {
    return ok({ value, lifeMs: lifeOf(document) });
  }
  const code = textAt(document, 'error') ?? '';
  return refused(tokenUrl, `answers ${status}${/^[a-z_]{1,64}$/.test(code) ? ` ${code}` : ' and gives no token'}`);
}

const refused = (tokenUrl: string, what: string): Result<never, Problem> =>
  err({
    reason: 'token_refused',
    detail: `the token endpoint ${tokenUrl} ${what}; check client_id, client_secret and scope`,
  });

const encoded = (text: string): string => new URLSearchParams({ text }).toString().slice('text='.length);

function memberAt(document: unknown, name: string): unknown {
  return typeof document === 'object' && document !== null
    ? Object.getOwnPropertyDescriptor(document, name)?.value
    : undefined;
}

function textAt(document: unknown, name: string): string | undefined {
  const value = memberAt(document, name);
  return typeof value === 'string' ? value : undefined;
}

function lifeOf(document: unknown): number {
  const seconds = memberAt(document, 'expires_in');
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : assumedLifeMs;
}
