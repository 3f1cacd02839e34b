import { argumentsOrExit } from '@countersign/adapters/process/service-arguments.ts';
import { runService } from '@countersign/adapters/process/service-process.ts';
import { createLog } from '@countersign/adapters/telemetry/log.ts';
import { startConsole } from './console-service.ts';

const options = argumentsOrExit('console', process.argv.slice(2));
const log = createLog('console', options.replica);
await runService('console', log, () => startConsole(options, log));
