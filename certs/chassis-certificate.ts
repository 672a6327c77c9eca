// The certificate of a node's ovn-controller in a folder of the node: asked for, and renewed. The key never leaves the node.
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { NamedObject } from "#src/kube/client/named-object.ts";
import { type ObjectName, ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import { watchNamed } from "#src/kube/informer/named-watch.ts";
import { keepObjects } from "#src/kube/object-keeper.ts";
import type { ReconcileResult } from "#src/kube/queue/reconcile-loop.ts";
import { renewalTime } from "./authority.ts";
import { type Answer, readAnswer } from "./chassis-approval.ts";
import { chassisSigner, makeChassisRequest } from "./chassis-request.ts";
import { type CertificateKeyPair, parseKeyPair } from "./key-pair.ts";
import { parseBundle } from "./pem-bundle.ts";
import { readPublished } from "./published-bundle.ts";
import { isIssuedBy, isNotValidYet } from "./rollover.ts";
import { certificateFileNames, writeCertificateFiles } from "./self-signed.ts";

export interface ChassisCertificateOptions {
  readonly client: ApiClient;
  readonly nodeName: string;
  readonly folder: string;
  /** The ConfigMap with the authorities of the Southbound database. */
  readonly bundle: ObjectName;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const answerMs = 60_000;
const longestPauseMs = 3_600_000;
/** A request that was refused, or that nobody can answer yet, is made again after this time. */
const repeatMs = 10_000;
const resource = resources.certificateSigningRequests;

/** Keeps the files up to date until the signal aborts. `onGood` is called whenever they are. It never rejects. */
export function keepChassisCertificate(
  options: ChassisCertificateOptions,
  onGood: () => Promise<void> | void,
  signal: AbortSignal,
): Promise<void> {
  const { client, bundle, clock, logger, metrics } = options;
  const asker = new ChassisAsker(options);
  const pass = async (within: AbortSignal): Promise<ReconcileResult> => {
    const goodForMs = await lookAtFiles(options, asker, within);
    if (goodForMs !== undefined) await onGood();
    return { requeueAfterMs: goodForMs ?? repeatMs };
  };
  const watched = [{ resource: resources.configMaps, target: bundle }];
  return keepObjects({ name: "chassis-certificate", client, watched, pass, clock, logger, metrics }, signal);
}

/** Makes the files right. Resolves with the time for which they are, or with undefined when that was not possible. */
async function lookAtFiles(
  options: ChassisCertificateOptions,
  asker: ChassisAsker,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { client, bundle, nodeName, folder, clock, logger } = options;
  const call = { signal, deadlineMs: clock.monotonicMs() + answerMs };
  const ca = readPublished(await new NamedObject(client, resources.configMaps, bundle).read(call));
  if (ca === undefined) {
    logger.warn({ configMap: bundle.name }, "the authorities of the southbound database are not published yet");
    return undefined;
  }
  const stored = await readStored(folder);
  const good = stored !== undefined && isGood(stored.certificate, ca, nodeName, clock.now());
  if (good && stored.ca === ca) return pauseMs(stored.certificate, clock);
  const pair = good ? stored : await asker.ask(call);
  if (pair === undefined) return undefined;
  await writeCertificateFiles(folder, { cert: pair.cert, key: pair.key, ca });
  const certificate = new X509Certificate(pair.cert);
  logger.info({ node: nodeName, notAfter: certificate.validTo }, "certificate of the chassis written");
  return pauseMs(certificate, clock);
}

function pauseMs(certificate: X509Certificate, clock: Clock): number {
  return Math.max(1_000, Math.min(longestPauseMs, renewalTime(certificate) - clock.now()));
}

/** True for a certificate of the node that one of the authorities signed, and that is valid now and not due for renewal. */
function isGood(certificate: X509Certificate, ca: string, nodeName: string, now: number): boolean {
  const isTrusted = parseBundle(ca).some((issuer) => isIssuedBy(certificate, issuer));
  const isInTime = !isNotValidYet(certificate, now) && renewalTime(certificate) > now;
  return isTrusted && certificate.subject === `CN=${nodeName}` && isInTime;
}

/** The files as an earlier process left them; undefined when they are not whole. */
async function readStored(folder: string) {
  const { cert, key, ca } = certificateFileNames;
  try {
    const read = (name: string) => readFile(join(folder, name), "utf8");
    const [certText, keyText, caText] = await Promise.all([read(cert), read(key), read(ca)]);
    return { ...parseKeyPair({ cert: certText, key: keyText }), ca: caText };
  } catch {
    // Whatever is there is of no use, and is written anew.
    return undefined;
  }
}

/** Asks for certificates. A request that nobody has answered outlives a pass: the next one waits for it with the same key. */
class ChassisAsker {
  readonly #options: ChassisCertificateOptions;
  #open: { readonly name: string; readonly key: string } | undefined;

  constructor(options: ChassisCertificateOptions) {
    this.#options = options;
  }

  /** Undefined when the request was refused or deleted. Throws `DeadlineExceeded` when there was no answer. */
  async ask(call: CallOptions): Promise<CertificateKeyPair | undefined> {
    this.#open ??= await this.#create(call);
    const { name, key } = this.#open;
    const answer = await this.#answerTo(name, call);
    this.#open = undefined;
    if ("certificate" in answer) return { cert: answer.certificate, key };
    this.#options.logger.warn({ request: name, reason: answer.refused }, "request of the chassis refused");
    return undefined;
  }

  /** Makes a request for a new key. */
  async #create(call: CallOptions) {
    const { client, nodeName } = this.#options;
    const { request, key } = await makeChassisRequest(nodeName);
    const body = {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { generateName: "ovn4nfv-chassis-" },
      spec: {
        signerName: chassisSigner,
        request: Buffer.from(request).toString("base64"),
        usages: ["digital signature", "key encipherment", "client auth"],
      },
    };
    const { metadata } = await new ResourceApi(client, resource).create(undefined, body, call);
    return { name: metadata.name, key };
  }

  async #answerTo(name: string, call: CallOptions): Promise<Answer> {
    const { client, clock, logger, metrics } = this.#options;
    const watching = new AbortController();
    const parts = { client, resource, target: { name }, clock, logger, metrics };
    try {
      return await settleWithin<Answer>(clock, call, "an answer to the chassis' request", (resolve) => {
        const onState = (object: KubeObject | undefined): void => {
          const found = readAnswer(object);
          if (found !== undefined) resolve(found);
        };
        void watchNamed({ ...parts, onState }, watching.signal);
      });
    } finally {
      watching.abort();
    }
  }
}
