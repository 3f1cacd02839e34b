import { destination, type Logger, pino, stdTimeFunctions } from 'pino';

/**
 * Structured logs on stderr. There is no redaction list, because nothing that would need one may be passed in: no bodies, no
 * tokens, no header values; ids, codes, counts and snake_case reasons only.
 */
export function createLog(service: string, replica: string): Logger {
  return pino(
    {
      base: { service, replica },
      level: process.env['COUNTERSIGN_LOG_LEVEL'] ?? 'info',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ dest: 2, sync: true }),
  );
}
