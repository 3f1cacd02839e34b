#!/usr/bin/env node
/**
 * `countersign`, also as `npx countersign`, on any Node >= 20: sets up what is missing, then hands over to cli/main.ts on the
 * project's own Node 24. Depends on nothing that is not in Node.
 */
import { join } from 'node:path';
import { endWithParent } from '../setup/lifeline.mjs';
import { nodePath, root } from '../setup/paths.mjs';
import { relay } from '../setup/relay.mjs';
import { setUpOrExit } from '../setup/set-up.mjs';

const startsEnvoy = ['up', 'demo'];

endWithParent();
const [command = '', ...rest] = process.argv.slice(2);
// `demo token NAME` only logs in.
await setUpOrExit({ envoy: startsEnvoy.includes(command) && rest[0] !== 'token' });
// kafkajs computes a timeout from a time that was never set; Node says so on every connection.
const quiet = '--disable-warning=TimeoutNegativeWarning';
process.exitCode = await relay(nodePath(), [quiet, join(root, 'cli', 'main.ts'), ...process.argv.slice(2)]);
