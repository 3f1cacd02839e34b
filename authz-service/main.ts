import { argumentsOrExit } from '@countersign/adapters/process/service-arguments.ts';
import { runService } from '@countersign/adapters/process/service-process.ts';
import { createLog } from '@countersign/adapters/telemetry/log.ts';
import { startAuthzService } from './authz-service.ts';

const options = argumentsOrExit('authz-service', process.argv.slice(2));
const log = createLog('authz-service', options.replica);
await runService('authz-service', log, () => startAuthzService(options, log));
