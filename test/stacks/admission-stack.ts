// Everything between `kubectl apply` and a row in NB: control plane, balancer, webhook replicas, ovsdb-server.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Authority, createAuthority, issueServing } from "#certs/authority.ts";
import { writeCertificateFiles } from "#certs/self-signed.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resourcePath, resources } from "#src/kube/client/resources.ts";
import { type Flags, printFlags } from "#lab/kubernetes/control-plane-flags.ts";
import { ControlPlane, type ControlPlaneOptions } from "#lab/kubernetes/control-plane.ts";
import { createIdentities, type Identities, systemNamespace } from "#lab/kubernetes/identities.ts";
import { assertInvariants, type InvariantOptions, type World } from "#lab/invariants/invariants.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { nbctl, type OvsdbServer, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { TcpBalancer } from "#lab/webhook/tcp-balancer.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { podWebhookConfiguration } from "#lab/webhook/webhook-configuration.ts";
import { type KeyFiles, WebhookProcess } from "#lab/webhook/webhook-process.ts";
import { podManifest } from "#test/fixtures/kube/pod-manifest.ts";
import { productFile } from "#tools/build/product-file.ts";

export interface AdmissionStackOptions {
  /** 1 by default. */
  readonly replicas?: number;
  /** An NB that exists already. By default the stack starts a standalone ovsdb-server. */
  readonly nb?: readonly string[];
  /** Flags for every replica. */
  readonly flags?: Flags;
  /** The program for Node, with Node's own flags before it. The default is `productFile`. */
  readonly program?: readonly string[];
  /**
   * The source of certificate and token key: files of the stack (default), or objects that the replicas make in the
   * cluster.
   */
  readonly trust?: "files" | "cluster";
  /** The authority of the certificates is valid for this time, and each certificate at most: a day by default, since soaks may take hours. */
  readonly authorityValidityMs?: number;
  /** The time that the API server waits for a review. By default it is that of deploy/base. */
  readonly reviewTimeoutSeconds?: number;
  readonly plane?: Pick<ControlPlaneOptions, "scheduler" | "audit" | "durable" | "controllerManagerFlags">;
  /** Gives more flags of the API server. `webhook` is host and port of the URL at which it calls the webhook. */
  readonly apiServerFlags?: (webhook: string) => Promise<Flags>;
  /** Called before the webhook is registered. */
  readonly before?: (plane: ControlPlane) => Promise<void>;
}

/** The cap is off unless a test is about it, because nothing binds reservations here. */
const defaultFlags: Flags = { "max-open-reservations": "0", "drain-time": "2s" };

export class AdmissionStack implements AsyncDisposable {
  readonly plane: ControlPlane;
  /** The endpoints of NB. */
  readonly nb: readonly string[];
  /** The server of NB when the stack started it. */
  readonly nbServer: OvsdbServer | undefined;
  readonly balancer: TcpBalancer;
  /** The kubeconfigs that give each process the rights of an installation. */
  readonly identities: Identities;
  readonly replicas: WebhookProcess[] = [];
  /** The authority that signs the serving certificates. */
  readonly authority: Authority;
  /** The client of an administrator. */
  readonly client: ApiClient;
  readonly pods: ResourceApi;
  readonly #flags: Flags;
  readonly #trust: "files" | "cluster";
  readonly #owned: AsyncDisposableStack;

  private constructor(
    parts: Pick<AdmissionStack, "plane" | "nb" | "nbServer" | "balancer" | "authority" | "identities">,
    { flags, trust }: { readonly flags: Flags; readonly trust: "files" | "cluster" },
    owned: AsyncDisposableStack,
  ) {
    const { plane } = parts;
    this.plane = plane;
    this.nb = parts.nb;
    this.nbServer = parts.nbServer;
    this.balancer = parts.balancer;
    this.authority = parts.authority;
    this.identities = parts.identities;
    this.#flags = flags;
    this.#trust = trust;
    this.#owned = owned;
    this.client = plane.administrator.client;
    this.pods = new ResourceApi(this.client, resources.pods);
  }

  static async start(options: AdmissionStackOptions = {}): Promise<AdmissionStack> {
    const { replicas = 1, nb, flags = {}, trust = "files", program: own } = options;
    await using owned = new AsyncDisposableStack();
    const folder = owned.use(createTemporaryFolder("e2e"));
    const nbServer = nb === undefined ? owned.use(await startOvsdbServer()) : undefined;
    const controllerManagerFlags = { ...noHeartbeats, ...options.plane?.controllerManagerFlags };
    const balancer = owned.use(await TcpBalancer.start());
    const apiServerFlags = (await options.apiServerFlags?.(`127.0.0.1:${balancer.port}`)) ?? {};
    const { authorityValidityMs = certificateOptions.validityMs } = options;
    const planeOptions = { folder: folder.path, ...options.plane, apiServerFlags, controllerManagerFlags };
    const [plane, authority] = await Promise.all([
      ControlPlane.start(planeOptions).then((started) => owned.use(started)),
      createAuthority("e2e", { ...certificateOptions, validityMs: authorityValidityMs }),
    ]);
    const { privateKey } = generateKeyPairSync("ed25519");
    await writeFile(join(folder.path, "token.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    const endpoints = nb ?? (nbServer === undefined ? [] : [nbServer.endpoint]);
    const identities = await createIdentities(plane);
    const parts = { plane, nb: endpoints, nbServer, balancer, authority, identities };
    const stack = new AdmissionStack(parts, { flags: { ...defaultFlags, ...flags }, trust }, owned.move());
    try {
      await stack.renewCertificate();
      if (trust === "cluster") await stack.#startInjector();
      if (trust === "cluster")
        await Promise.all(Array.from({ length: replicas }, (_, n) => stack.addReplica(`webhook-${n + 1}`, {}, own)));
      else for (let n = 1; n <= replicas; n += 1) await stack.addReplica(`webhook-${n}`, {}, own);
      await options.before?.(plane);
      await stack.#register(options.reviewTimeoutSeconds);
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
    return stack;
  }

  /** Starts one more replica behind the balancer. */
  async addReplica(name: string, flags: Flags = {}, own?: readonly string[]): Promise<WebhookProcess> {
    const { plane, nb } = this;
    const replica = await WebhookProcess.start({
      name,
      folder: plane.folder,
      nb,
      kubeconfig: this.identities.webhook,
      ...(this.#trust === "files" ? { files: this.#keyFiles } : {}),
      flags: { ...(this.#trust === "cluster" ? clusterTrust : {}), ...this.#flags, ...flags },
      ...(own === undefined ? {} : { program: own }),
    });
    this.#owned.use(replica);
    this.replicas.push(replica);
    this.balancer.add(replica.admissionPort);
    return replica;
  }

  /** Writes a new serving certificate of the same authority, which ends in a day by default, and returns it (PEM). */
  async renewCertificate(validityMs = certificateOptions.validityMs): Promise<string> {
    const pair = await issueServing(this.authority, ["127.0.0.1"], { ...certificateOptions, validityMs });
    await writeCertificateFiles(this.#certificateFolder, { ...pair, ca: this.authority.cert });
    return pair.cert;
  }

  /** Adds a switch that pods of every namespace may join. */
  async addSwitch(name: string, subnet: string, ...settings: readonly string[]): Promise<void> {
    const open = "external_ids:k8s.plugin.opnfv.org/allowed-namespaces=*";
    const subnets = `external_ids:k8s.plugin.opnfv.org/subnets="${subnet}"`;
    await nbctl(this.nb.join(","), "ls-add", name, "--", "set", "logical_switch", name, open, subnets, ...settings);
  }

  /** Creates a pod through the API client. Throws `KubeApiError`. */
  create(pod: object, namespace = "default", timeoutMs = 30_000): Promise<KubeObject> {
    return this.pods.create(namespace, pod, { deadlineMs: systemClock.monotonicMs() + timeoutMs });
  }

  /** Reads all pods, and NB by the program ovsdb-client. */
  async world(): Promise<World> {
    const { items } = await this.pods.list({});
    const claims = await new ResourceApi(this.client, resources.ipamClaims).listInstalled({}, {});
    return { pods: items, nb: await readNb(this.nb), claims };
  }

  async assertInvariants(options: Omit<InvariantOptions, "nowMs"> = {}): Promise<World> {
    const world = await this.world();
    assertInvariants(world, { nowMs: systemClock.now(), ...options });
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  /** Starts the process that tells the API server whom to trust. */
  async #startInjector(): Promise<void> {
    const { plane, identities } = this;
    const flags = { kubeconfig: identities.cainjector, "system-namespace": systemNamespace };
    const spec = { command: process.execPath, args: [productFile, "cainjector", ...printFlags(flags)] };
    const logFile = join(plane.folder, "cainjector.log");
    this.#owned.use(await ManagedProcess.start({ name: "cainjector", ...spec, logFile }));
  }

  get #keyFiles(): KeyFiles {
    const [tlsCertFile, tlsKeyFile] = ["tls.crt", "tls.key"].map((name) => join(this.#certificateFolder, name)) as [
      string,
      string,
    ];
    return { tlsCertFile, tlsKeyFile, tokenKeyFile: join(this.plane.folder, "token.pem") };
  }

  get #certificateFolder(): string {
    return join(this.plane.folder, "serving");
  }

  /** Registers the webhook, and waits until the API server uses it. It tries that with pods that are not stored. */
  async #register(timeoutSeconds: number | undefined): Promise<void> {
    const { plane, balancer, authority } = this;
    const url = `https://127.0.0.1:${balancer.port}`;
    const ca = this.#trust === "files" ? authority.cert : "";
    const target = { url, ca, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) };
    await plane.administrator.apply([podWebhookConfiguration(target)]);
    const limit = AbortSignal.timeout(60_000);
    const body = podManifest({ name: "probe", annotations: { [annotationKeys.request.key]: "{}" } });
    const path = resourcePath(resources.pods, { namespace: "default" });
    for (;;) {
      const told = await this.client.request({ method: "POST", path, query: { dryRun: "All" }, body }).then(
        () => "a wrong pod passed",
        (error: unknown) => fromUnknown(error).message,
      );
      if (told.includes("Malformed")) return;
      if (limit.aborted) throw new AppError("CommandFailed", `the webhook is not called: ${told}`);
      await systemClock.sleep(100);
    }
  }
}

/** Nodes are objects without a kubelet here. These limits keep them from being taken for dead in a slow test. */
export const noHeartbeats: Flags = { "node-monitor-grace-period": "1h", "node-startup-grace-period": "1h" };

/** Flags as in deploy/base. */
const clusterTrust: Flags = {
  "tls-secret": "ovn4nfv-webhook-tls",
  "token-keys-secret": "ovn4nfv-token-keys",
  "token-public-keys": "ovn4nfv-token-public-keys",
  "system-namespace": systemNamespace,
};

const certificateOptions = { clock: systemClock, validityMs: 86_400_000, randomBytes };
