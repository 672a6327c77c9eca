import type { SecureContextOptions, Server } from "node:tls";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";

/**
 * Gives a TLS server what is secure by now, for its new connections. When that is refused, as while a chain is half written, the
 * server goes on with what it had: a watch of files calls this, and an error there would end the process.
 */
export function renewSecureContext(
  server: Pick<Server, "setSecureContext">,
  secure: () => SecureContextOptions,
  logger: Pick<Logger, "error">,
): void {
  try {
    server.setSecureContext(secure());
  } catch (error) {
    logger.error({ err: fromUnknown(error) }, "new serving certificate refused, the old one stays");
  }
}
