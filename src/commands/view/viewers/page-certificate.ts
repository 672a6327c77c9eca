import { existsSync } from "node:fs";
import { randomBytes, X509Certificate } from "node:crypto";
import { openCertificateFiles } from "#certs/certificate-files.ts";
import { type CertificateSource, fixedCertificate } from "#certs/certificate-source.ts";
import { selfSigned } from "#certs/self-signed.ts";
import { AppError } from "#src/core/errors.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { CommandContext } from "../../command.ts";

/** A self-signed certificate is valid for so long. A restart makes another one. */
const selfSignedMs = 365 * 24 * 3_600_000;

/** Opens the certificate of the flags, or makes one for this run where their files are not there, whose fingerprint the log has. Throws `ConfigInvalid`. */
export async function openPageCertificate(
  { config, clock, logger }: Pick<CommandContext<"view">, "config" | "clock" | "logger">,
  metrics: Metrics,
): Promise<CertificateSource> {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, pageHosts } = config;
  // The Secret with them may not be there.
  const isMissing = [certFile, keyFile].every((file) => file !== undefined && !existsSync(file));
  if (certFile !== undefined && keyFile !== undefined && !isMissing) {
    return openCertificateFiles({ certFile, keyFile, name: "view", clock, logger, metrics });
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new AppError("ConfigInvalid", "--tls-cert-file and --tls-key-file go together: give both or none");
  }
  const [first = "localhost", ...others] = pageHosts.map((host) =>
    host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1"),
  );
  const pair = await selfSigned([first, ...others], { clock, validityMs: selfSignedMs, randomBytes });
  const { fingerprint256 } = new X509Certificate(pair.cert);
  logger.warn({ fingerprint256, certFile }, "no certificate given, serving a self-signed one");
  return fixedCertificate(pair);
}
