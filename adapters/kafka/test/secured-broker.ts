/** A broker that asks who is there: listeners for mutual TLS, SCRAM and OAUTHBEARER, and the provider whose tokens it takes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, makeAuthority, writeIssued } from '../../listen/test/certificates.ts';
import { type Broker, startBroker } from './broker.ts';
import { freePort } from './ports.ts';
import { startTokenEndpoint, type TokenEndpoint } from './token-endpoint.ts';

export interface SecuredBroker {
  readonly broker: Broker;
  /** `127.0.0.1:PORT` of each listener. */
  readonly mutual: string;
  /** SCRAM and OAUTHBEARER. */
  readonly login: string;
  /** The same, with a certificate for another name. */
  readonly misnamed: string;
  readonly tokens: TokenEndpoint;
  /** Vouches for the brokers and, where they ask for it, for clients. */
  readonly authority: Authority;
  /** Where its certificate lies, and where a test may put files. */
  readonly ca: string;
  readonly folder: string;
  close(): Promise<void>;
}

export const scramUser = { username: 'gateway', password: 'correct-horse.battery_staple' };
const scramUsers = ['SCRAM-SHA-512', 'SCRAM-SHA-256'].map(
  (mechanism) => `${mechanism}=[name=${scramUser.username},password=${scramUser.password}]`,
);
/** The broker takes no login for longer: it asks for another one when that is over, or the token is. */
const longestSessionMs = 60_000;

export async function startSecuredBroker(): Promise<SecuredBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-secured-'));
  const authority = makeAuthority('brokers');
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, authority.certificate);
  const tokens = await startTokenEndpoint();
  const mutual = await freePort();
  const login = await freePort(mutual);
  const misnamed = await freePort(mutual, login);
  const keystore = (name: string, alternativeName: string): string => {
    const { certificate, key } = authority.issue({ alternativeNames: [alternativeName], use: 'server' });
    writeIssued(folder, name, { certificate: `${key}${certificate}`, key });
    return join(folder, `${name}.pem`);
  };
  const own = keystore('broker', 'IP:127.0.0.1');
  const others = keystore('other', 'DNS:kafka.bank.test');
  const broker = await startBroker({
    listeners: [
      { name: 'MUTUAL', protocol: 'SSL', port: mutual },
      { name: 'LOGIN', protocol: 'SASL_SSL', port: login },
      { name: 'MISNAMED', protocol: 'SASL_SSL', port: misnamed },
    ],
    scramUsers,
    jvm: [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${tokens.jwksUrl}`],
    properties: {
      ...tlsOf('mutual', own),
      'listener.name.mutual.ssl.client.auth': 'required',
      'listener.name.mutual.ssl.truststore.type': 'PEM',
      'listener.name.mutual.ssl.truststore.location': ca,
      ...tlsOf('login', own),
      ...loginsOf('login', tokens),
      ...tlsOf('misnamed', others),
      ...loginsOf('misnamed', tokens),
    },
  }).catch(async (error: unknown) => {
    await tokens.close();
    throw error;
  });
  return {
    broker,
    mutual: `127.0.0.1:${mutual}`,
    login: `127.0.0.1:${login}`,
    misnamed: `127.0.0.1:${misnamed}`,
    tokens,
    authority,
    ca,
    folder,
    async close() {
      await broker.close();
      await tokens.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const tlsOf = (listener: string, keystore: string) => ({
  [`listener.name.${listener}.ssl.keystore.type`]: 'PEM',
  [`listener.name.${listener}.ssl.keystore.location`]: keystore,
});

function loginsOf(listener: string, { jwksUrl, issuer, audience }: TokenEndpoint) {
  const at = `listener.name.${listener}`;
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const validator = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler';
  return {
    [`${at}.sasl.enabled.mechanisms`]: 'SCRAM-SHA-512,SCRAM-SHA-256,OAUTHBEARER',
    [`${at}.scram-sha-512.sasl.jaas.config`]: scram,
    [`${at}.scram-sha-256.sasl.jaas.config`]: scram,
    [`${at}.oauthbearer.sasl.jaas.config`]:
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
    [`${at}.oauthbearer.sasl.server.callback.handler.class`]: validator,
    [`${at}.oauthbearer.sasl.oauthbearer.jwks.endpoint.url`]: jwksUrl,
    [`${at}.oauthbearer.sasl.oauthbearer.expected.issuer`]: issuer,
    [`${at}.oauthbearer.sasl.oauthbearer.expected.audience`]: audience,
    [`${at}.connections.max.reauth.ms`]: longestSessionMs,
  };
}
