import { readFileSync } from "node:fs";
import { systemClock } from "#src/core/clock.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { createLogger, type Logger } from "#src/core/logger.ts";
import { fixedCertificate } from "#certs/certificate-source.ts";
import type { AdmissionHandler } from "#webhooks/admission/handler.ts";
import { WebhookServer } from "#webhooks/server/webhook-server.ts";

/** Serves one entry behind the webhook's own TLS server, with the certificate of the first two arguments, until SIGTERM. */
export async function serveYardstick(makeHandler: (logger: Logger) => AdmissionHandler): Promise<void> {
  const [certFile = "", keyFile = ""] = process.argv.slice(2);
  const logger = createLogger("info");
  const server = new WebhookServer({
    entries: [{ name: "yardstick", path: "/mutate/pods", handler: makeHandler(logger) }],
    certificate: fixedCertificate({ cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") }),
    admission: { host: "127.0.0.1", port: 0 },
    operations: { host: "127.0.0.1", port: 0 },
    drainMs: 0,
    clock: systemClock,
    logger,
    metrics: createMetrics(),
  });
  await server.start();
  process.once("SIGTERM", () => void server.close());
}
