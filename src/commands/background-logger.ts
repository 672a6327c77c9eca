import type { Logger } from "#src/core/logger.ts";

/**
 * Makes a logger for connections of a subcommand that answers and ends. It logs their coming and going at the level
 * debug, because the outcome of the subcommand reports the failure that matters.
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
