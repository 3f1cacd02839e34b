/** A gateway in front of a broker that asks who is there, with one of the clients. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { KafkaClientName, KafkaConfig, KafkaSaslConfig, SecretPlace } from '@countersign/core/policy/config.ts';
import type { SinkReason } from './problem.ts';
import type { SinkStatus } from './status.ts';
import { createReplica, type Replica, type TestSink } from './test/replica.ts';
import { type SecuredBroker, scramUser } from './test/secured-broker.ts';

/** On a busy machine a broker that has just made a topic may not know it yet, or be late: that passes. */
const isLasting = (status: SinkStatus): boolean => 'attempts' in status && status.attempts >= 5;

type Security = Pick<KafkaConfig, 'tls' | 'sasl'>;

export interface Gate {
  secretFile(value: string): { readonly file: string };
  trusted(): NonNullable<Security['tls']>;
  scram(mechanism: 'SCRAM-SHA-512' | 'SCRAM-SHA-256', password?: SecretPlace): KafkaSaslConfig;
  oauth(secret?: string): Extract<KafkaSaslConfig, { mechanism: 'OAUTHBEARER' }>;
  connect(
    t: TestContext,
    address: string,
    security: Security,
  ): Promise<{ readonly replica: Replica; readonly sink: TestSink }>;
  delivers(t: TestContext, address: string, security: Security): Promise<void>;
  isTold(t: TestContext, address: string, security: Security, reason: SinkReason, words: RegExp): Promise<void>;
  /** Neither secrets nor tokens stand in what goes to logs and metrics. */
  assertSilent(statuses: readonly SinkStatus[]): void;
}

export function createGate(client: KafkaClientName, broker: () => SecuredBroker): Gate {
  let count = 0;
  const gate: Gate = {
    secretFile(value) {
      const file = join(broker().folder, `secret-${client}-${count++}`);
      writeFileSync(file, `${value}\n`, { mode: 0o600 });
      return { file };
    },
    trusted: () => ({ ca: broker().ca, identity: undefined }),
    scram: (mechanism, password = gate.secretFile(scramUser.password)) => ({
      mechanism,
      username: scramUser.username,
      password,
    }),
    oauth(secret = broker().tokens.clientSecret) {
      const { tokenUrl, clientId } = broker().tokens;
      return { mechanism: 'OAUTHBEARER', tokenUrl, clientId, clientSecret: gate.secretFile(secret), scope: 'kafka' };
    },
    async connect(t, address, security) {
      const replica = await createReplica(t, { address }, `secured-${client}-${count++}`, { ...security, client });
      return { replica, sink: await replica.startSink() };
    },
    async delivers(t, address, security) {
      const { replica, sink } = await gate.connect(t, address, security);
      await replica.append(300);
      await replica.ledger.close('test');
      const last = await sink.until((status) => status.acknowledged.records === 302 || isLasting(status));
      assert.equal(last.state, 'connected', JSON.stringify(last));
      assert.equal(await replica.verifyDelivery(broker().broker), 0);
    },
    async isTold(t, address, security, reason, words) {
      const { sink } = await gate.connect(t, address, security);
      const told = await sink.until((status) => ('reason' in status && status.reason === reason) || isLasting(status));
      assert.ok('reason' in told);
      assert.equal(told.reason, reason, told.detail);
      assert.match(told.detail, words);
      gate.assertSilent(sink.statuses);
    },
    assertSilent(statuses) {
      const text = JSON.stringify(statuses);
      const { tokens } = broker();
      for (const secret of [scramUser.password, 'wrong password', tokens.clientSecret, ...tokens.given]) {
        assert.equal(text.includes(secret), false);
      }
    },
  };
  return gate;
}
