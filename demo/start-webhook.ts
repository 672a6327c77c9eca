// Prepares the steps of the demo: starts a Northbound database, and `ovn4nfv webhook` as a process of its own.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { selfSigned, writeCertificateFiles } from "#certs/self-signed.ts";
import { systemClock } from "#src/core/clock.ts";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { WebhookProcess } from "#lab/webhook/webhook-process.ts";
import { Reviewer } from "./reviewer.ts";

/** The number of connections to the webhook, and so of pods that are created at once. */
const connections = 32;

/** Starts a real ovsdb-server with an empty database in a temporary folder. Returns its endpoint. */
export async function startNorthbound(owned: AsyncDisposableStack): Promise<string> {
  const server = owned.use(await startOvsdbServer());
  // Makes the row of NB_Global, as ovn-northd does.
  await nbctl(server.endpoint, "init");
  return server.endpoint;
}

export interface WebhookPlace {
  /** An existing folder. The key in its `token.pem` signs results. */
  readonly folder: string;
  readonly kubeconfig: string;
  /** The file that Node runs. The default is the sources. */
  readonly program?: string;
}

/**
 * Starts the webhook over TLS. By default it runs without Kubernetes: nothing binds its reservations, so there is no
 * cap.
 */
export async function startWebhook(nb: string, owned: AsyncDisposableStack, place?: WebhookPlace): Promise<Reviewer> {
  const { folder, kubeconfig, program } = place ?? {
    folder: owned.use(createTemporaryFolder("demo")).path,
    kubeconfig: "none",
    program: undefined,
  };
  const names = ["localhost", "127.0.0.1"] as const;
  const pair = await selfSigned(names, { clock: systemClock, validityMs: 3_600_000, randomBytes });
  await writeCertificateFiles(folder, pair);
  const { privateKey } = generateKeyPairSync("ed25519");
  const tokenKeyFile = join(folder, "token.pem");
  writeFileSync(tokenKeyFile, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const webhook = await WebhookProcess.start({
    name: "demo",
    folder,
    nb: [nb],
    kubeconfig,
    files: {
      tlsCertFile: join(folder, "tls.crt"),
      tlsKeyFile: join(folder, "tls.key"),
      tokenKeyFile,
    },
    ...(program === undefined ? {} : { program: [program] }),
    flags: { "max-open-reservations": "0", "drain-time": "100ms" },
  });
  owned.use(webhook);
  return owned.use(new Reviewer(webhook.admissionPort, pair.ca, connections));
}
