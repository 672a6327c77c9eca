import { randomBytes } from "node:crypto";
import type { CertificateNames } from "#certs/certificate-writer.ts";
import { openCertificateFiles } from "#certs/certificate-files.ts";
import { SecretCertificate } from "#certs/secret-certificate.ts";
import { selfSigned } from "#certs/self-signed.ts";
import { type CertificateSource, fixedCertificate } from "#certs/certificate-source.ts";
import { AppError } from "#src/core/errors.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { Cluster } from "../cluster.ts";
import type { CommandContext } from "../command.ts";
import { configurations } from "../configurations.ts";
import { systemNamespace } from "../system-namespace.ts";

type Context = CommandContext<"webhook">;

/** A certificate to serve with, and the reasons why the API server cannot call with it yet. */
export interface WebhookCertificate {
  readonly source: CertificateSource;
  readonly notReady: () => readonly string[];
}

/** A self-signed certificate is valid for so long. It is never renewed; a restart makes another one. */
const selfSignedMs = 365 * 24 * 3_600_000;
/** A first certificate may take so long: an authority and two keys are made, and another replica may be faster. */
const firstMs = 60_000;

/** Opens the certificate of the flags: files that somebody else renews, Secrets of the replicas, or one for this run. */
export async function openCertificate(
  context: Context,
  cluster: Cluster | undefined,
  metrics: Metrics,
): Promise<WebhookCertificate> {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, tlsSecret } = context.config;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new AppError("ConfigInvalid", "--tls-cert-file and --tls-key-file go together: give both or none");
  }
  if (certFile !== undefined && tlsSecret !== undefined) {
    throw new AppError("ConfigInvalid", "--tls-secret and --tls-cert-file exclude each other: give one of them");
  }
  if (tlsSecret !== undefined) return fromSecret(context, tlsSecret, cluster, metrics);
  const { clock, logger } = context;
  const source =
    certFile !== undefined && keyFile !== undefined
      ? await openCertificateFiles({ certFile, keyFile, name: "webhook", clock, logger, metrics })
      : await forThisRun(context);
  return { source, notReady: () => [] };
}

async function fromSecret(
  context: Context,
  leafSecret: string,
  cluster: Cluster | undefined,
  metrics: Metrics,
): Promise<WebhookCertificate> {
  const { config, clock, logger, signal } = context;
  if (cluster === undefined) throw new AppError("ConfigInvalid", "--kubeconfig none: --tls-secret needs a cluster");
  const namespace = await systemNamespace(config, context);
  const service = `${config.tlsService}.${namespace}.svc`;
  const {
    tlsAuthoritySecret: authoritySecret,
    tlsAuthorityConfigMap: bundleConfigMap,
    authorityMs,
    certificateMs: leafMs,
    authoritySettleMs: settleMs,
  } = config;
  const source = new SecretCertificate({
    client: cluster.client,
    namespace,
    authoritySecret,
    leafSecret,
    bundleConfigMap,
    configurations,
    names: [service, `${service}.cluster.local`, ...config.tlsNames],
    authorityMs,
    leafMs,
    settleMs,
    clock,
    logger,
    metrics,
  });
  try {
    await source.start({ signal, deadlineMs: clock.monotonicMs() + firstMs });
  } catch (error) {
    await source.close();
    throw error;
  }
  return {
    source,
    notReady: () => (source.wasTrusted ? [] : ["the API server was not told yet whom to trust (caBundle)"]),
  };
}

async function forThisRun({ config, clock, logger }: Context): Promise<CertificateSource> {
  const { tlsNames } = config;
  logger.warn({ names: tlsNames, validityMs: selfSignedMs }, "no certificate given, serving a self-signed one");
  return fixedCertificate(await selfSigned(named(tlsNames), { clock, validityMs: selfSignedMs, randomBytes }));
}

function named([first, ...others]: readonly string[]): CertificateNames {
  if (first !== undefined) return [first, ...others];
  throw new AppError("ConfigInvalid", "--tls-names is empty, and no certificate is given");
}
