// Answers the requests of chassis for certificates.
import { randomBytes } from "node:crypto";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { NamedObject } from "#src/kube/client/named-object.ts";
import { type ObjectName, ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { RetryLimiter } from "#src/kube/queue/retry-limiter.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { signLeaf } from "./authority.ts";
import { decideApproval } from "./chassis-approval.ts";
import { type ChassisRequest, chassisSigner } from "./chassis-request.ts";
import { isIssuedBy } from "./rollover.ts";
import { readAuthority, readLeaf } from "./stored-trust.ts";

export interface ChassisSignerOptions {
  readonly client: ApiClient;
  /** The Secret with the authority of the Southbound database. */
  readonly authority: ObjectName;
  /** The Secret with the certificate of the Southbound database. */
  readonly server: ObjectName;
  /** The user name of the service account of the nodes' pods. */
  readonly account: string;
  readonly validityMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const passMs = 20_000;
/** The time between two looks whether the Southbound database trusts a new authority. */
const trustLookMs = 2_000;
const retryLimits = { initialMs: 500, maxMs: 30_000, ratePerSecond: 20, burst: 50 };

/**
 * Approves and signs each request of a node for itself, and denies all others of this signer with the reason, until the signal
 * aborts.
 */
export class ChassisSigner {
  readonly #options: ChassisSignerOptions;
  readonly #requests: ResourceApi;
  readonly #authority: NamedObject;
  readonly #server: NamedObject;

  constructor(options: ChassisSignerOptions) {
    this.#options = options;
    this.#requests = new ResourceApi(options.client, resources.certificateSigningRequests);
    this.#authority = new NamedObject(options.client, resources.secrets, options.authority);
    this.#server = new NamedObject(options.client, resources.secrets, options.server);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { client, clock, logger, metrics } = this.#options;
    const name = "chassis-certificates";
    const queue = new WorkQueue({ name, clock, metrics, limiter: new RetryLimiter(retryLimits) });
    const informer = new Informer({
      name,
      client,
      resource: resources.certificateSigningRequests,
      fieldSelector: `spec.signerName=${chassisSigner}`,
      clock,
      logger,
      metrics,
      project: ({ metadata }: KubeObject) => metadata.name,
      indexers: {},
    });
    const ask = (request: string): void => {
      queue.add(request);
    };
    informer.addHandler({
      added: ask,
      updated: (_old, request) => {
        ask(request);
      },
    });
    const reconcile = (request: string, within: AbortSignal) => this.#answer(request, within);
    await Promise.all([
      informer.run(signal),
      runReconcileLoop({ controller: name, queue, workers: 1, reconcile, clock, logger, metrics }, signal),
    ]);
    queue.close();
  }

  async #answer(name: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { account, clock, logger } = this.#options;
    const call = { signal, deadlineMs: clock.monotonicMs() + passMs };
    const request = await this.#requests.find({ name }, call);
    if (request === undefined) return {};
    const decision = decideApproval(request, account);
    if (decision.do === "nothing") return {};
    const { resourceVersion } = request.metadata;
    const condition = (type: string, message: string): object => ({
      metadata: { resourceVersion },
      status: { conditions: [{ type, status: "True", reason: "OvnChassis", message }] },
    });
    if (decision.do === "deny") {
      await this.#requests.patch({ name }, "merge", condition("Denied", decision.why), {
        ...call,
        subresource: "approval",
      });
      logger.warn({ request: name, reason: decision.why }, "request of a chassis denied");
      return {};
    }
    if (!decision.isApproved) {
      const approved = condition("Approved", "the token of the request is that of the node");
      await this.#requests.patch({ name }, "merge", approved, { ...call, subresource: "approval" });
    }
    const certificate = await this.#sign(decision, call);
    if (certificate === undefined) return { requeueAfterMs: trustLookMs };
    const status = { certificate: Buffer.from(certificate).toString("base64") };
    await this.#requests.patch({ name }, "merge", { status }, { ...call, subresource: "status" });
    logger.info({ request: name, chassis: decision.name }, "certificate of a chassis signed");
    return {};
  }

  /**
   * Undefined while the authority is not there, or is new: another part of this process gives the database a certificate of it when all have
   * had time to read that it is trusted. Until then the database might refuse a node.
   */
  async #sign({ name, publicKey }: ChassisRequest, call: CallOptions): Promise<string | undefined> {
    const { clock, validityMs } = this.#options;
    const secret = await this.#authority.read(call);
    if (secret === undefined) return undefined;
    const { authority, certificate } = readAuthority(secret);
    const server = await this.#server.read(call);
    if (server === undefined || !isIssuedBy(readLeaf(server).pair.certificate, certificate)) return undefined;
    return signLeaf("client", authority, [name], publicKey, { clock, randomBytes, validityMs });
  }
}
