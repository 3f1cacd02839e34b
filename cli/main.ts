import { Command, CommanderError } from 'commander';

type Register = (program: Command) => void;

/** Loaded when it is called: `mask` in a pipe should not wait for everything that `up` needs. */
const commands: Readonly<Record<string, () => Promise<Register>>> = {
  up: async () => (await import('./commands/up.ts')).registerUp,
  demo: async () => (await import('./commands/demo.ts')).registerDemo,
  doctor: async () => (await import('./commands/doctor.ts')).registerDoctor,
  policy: async () => (await import('./commands/policy.ts')).registerPolicy,
  mask: async () => (await import('./commands/mask.ts')).registerMask,
  session: async () => (await import('./commands/session.ts')).registerSession,
  approval: async () => (await import('./commands/approval.ts')).registerApproval,
  ledger: async () => (await import('./commands/ledger.ts')).registerLedger,
  evidence: async () => (await import('./commands/evidence.ts')).registerEvidence,
  payload: async () => (await import('./commands/payload.ts')).registerPayload,
  key: async () => (await import('./commands/key.ts')).registerKey,
  token: async () => (await import('./commands/token.ts')).registerToken,
};

/** Exit codes: 0 fine; 1 the answer is no; 2 wrong usage or unreadable input; `ledger verify` has its own (10 to 14). */
const program = new Command('countersign')
  .description('Evidence for every call to an inference endpoint behind Envoy')
  .exitOverride()
  .showHelpAfterError();
const called = process.argv[2] ?? '';
// Help, and a name that does not exist, show all of them.
for (const [name, load] of Object.entries(commands)) {
  if (name === called || !Object.hasOwn(commands, called)) (await load())(program);
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (isOfSystem(error)) {
    console.error(`countersign ${called}: ${error.message}`);
    process.exitCode = 2;
  } else throw error;
}

/** A file that cannot be read or written, an address that is taken: the message says what. Anything else is a mistake of ours. */
function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
