export type LedgerOpenErrorCode =
  | 'ERR_LEDGER_KEY'
  | 'ERR_LEDGER_LOCKED'
  | 'ERR_LEDGER_NAME'
  | 'ERR_LEDGER_OLD'
  | 'ERR_LEDGER_UNREADABLE';

/** Why this process cannot write a ledger. The message says what to do; it names files, never their contents. */
export class LedgerOpenError extends Error {
  readonly code: LedgerOpenErrorCode;

  constructor(code: LedgerOpenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LedgerOpenError';
    this.code = code;
  }
}
