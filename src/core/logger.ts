import { type DestinationStream, pino } from "pino";

export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof logLevels)[number];

/** The part of pino that the product uses. The fields come first, then a constant lower-case message. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: Record<string, unknown>): Logger;
}

export const logLevelFormats = ["number", "word"] as const;

export interface LoggerOptions {
  /** The way in which a line says its level: 30 or "info". Number is what readers of pino's lines expect. */
  readonly levelFormat?: (typeof logLevelFormats)[number];
}

/** Writes JSON lines to stderr or `destination`. The field `err` is an error, written with code, details and cause. */
export function createLogger(
  level: LogLevel,
  destination: DestinationStream = pino.destination(2),
  { levelFormat = "number" }: LoggerOptions = {},
): Logger {
  const formatters = levelFormat === "word" ? { formatters: { level: (label: string) => ({ level: label }) } } : {};
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, ...formatters }, destination);
}

/** A logger that writes nothing, for tests. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
