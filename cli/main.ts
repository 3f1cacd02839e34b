import { Command, CommanderError } from 'commander';
import { registerApproval } from './commands/approval.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerLedger } from './commands/ledger.ts';
import { registerMask } from './commands/mask.ts';
import { registerPolicy } from './commands/policy.ts';
import { registerSession } from './commands/session.ts';
import { registerToken } from './commands/token.ts';
import { registerUp } from './commands/up.ts';

/** Exit codes: 0 fine; 1 the answer is no; 2 wrong usage or unreadable input; `ledger verify` has its own (10 to 14). */
const program = new Command('countersign')
  .description('Evidence for every call to an inference endpoint behind Envoy')
  .exitOverride()
  .showHelpAfterError();
for (const register of [
  registerUp,
  registerDemo,
  registerDoctor,
  registerPolicy,
  registerMask,
  registerSession,
  registerApproval,
  registerLedger,
  registerToken,
]) {
  register(program);
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
