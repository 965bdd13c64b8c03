import { pino } from 'pino';

export type Level = 'info' | 'warn' | 'error';
export type Log = (level: Level, message: string, details: Readonly<Record<string, unknown>>) => void;

/** JSON lines on stderr. Names that may hold secrets are redacted wherever they stand in the details. */
export function openLog(level: string): Log {
  const redact = ['token', '*.token', 'keyPem', '*.keyPem', 'authorization', '*.authorization'];
  const logger = pino({ level, base: null, redact, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }));
  return (at, message, details) => logger[at](details, message);
}
