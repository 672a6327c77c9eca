import type { Logger } from "#src/core/logger.ts";

/**
 * For the parts behind subcommands that answer and end: what comes and goes meanwhile is shown with --log-level=debug,
 * since the outcome tells the failure that mattered.
 */
export function backgroundLogger(logger: Logger): Logger {
  const quiet = (fields: object, message: string): void => {
    logger.debug(fields, message);
  };
  return {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (fields, message) => {
      logger.error(fields, message);
    },
    child: (fields) => backgroundLogger(logger.child(fields)),
  };
}
