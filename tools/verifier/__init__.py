"""A second verifier of ledgers, written from docs/ledger-format.md alone. Shares no code with the first one."""
