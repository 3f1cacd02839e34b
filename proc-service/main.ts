import { argumentsOrExit } from '@countersign/adapters/process/service-arguments.ts';
import { runService } from '@countersign/adapters/process/service-process.ts';
import { createLog } from '@countersign/adapters/telemetry/log.ts';
import { startProcService } from './proc-service.ts';

const options = argumentsOrExit('proc-service', process.argv.slice(2));
const log = createLog('proc-service', options.replica);
await runService('proc-service', log, () => startProcService(options, log));
