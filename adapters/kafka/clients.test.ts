import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { kafkaClients } from '@countersign/core/policy/config.ts';

for (const client of kafkaClients) {
  test(`${client} prints nothing by itself, whatever DEBUG and NODE_DEBUG say: it would be records and logins`, () => {
    const code = `
      const { clients } = await import(${JSON.stringify(new URL('./clients.ts', import.meta.url).href)});
      const config = { clientId: 'test', brokers: ['127.0.0.1:1'] };
      const client = (await clients.${client}())(config, { tls: undefined, sasl: undefined }, () => {});
      await client.inspect((topics) => topics.countBrokers()).catch(() => client.discard());`;
    const flags = ['--disable-warning=TimeoutNegativeWarning', '--input-type=module', '--eval', code];
    const env = { ...process.env, DEBUG: '*', NODE_DEBUG: 'kafka*,plt*' };
    // That it ends at all says that nothing of a client that was discarded keeps a process alive.
    const { status, stdout, stderr } = spawnSync(process.execPath, flags, { env, encoding: 'utf8', timeout: 60_000 });
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  });
}
