import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { EventEmitter, once } from "node:events";
import type { AddressInfo } from "node:net";

/** The parts of a Pod that its readers here need. */
export interface StoredPod {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly [field: string]: unknown;
  };
  readonly spec: { readonly nodeName: string };
  readonly status?: { readonly phase: string };
}

interface Watcher {
  readonly response: ServerResponse;
  readonly wants: (pod: StoredPod) => boolean;
}

/**
 * Stands in for the API server where there is no cluster. It answers the few calls that agent, webhook and controller make:
 * pods that the test stores, a Lease, Events. It listens on unix sockets, so that every network namespace can reach it.
 */
export class PodApiServer implements AsyncDisposable {
  readonly events: { readonly reason: string; readonly message: string }[] = [];
  /** Answers of collections other than pods, by the end of their path. Collections that are not here are empty. */
  readonly collections = new Map<string, readonly object[]>();
  /** The requests that were served, as `METHOD path`. */
  readonly requests: string[] = [];
  readonly #pods = new Map<string, StoredPod>();
  readonly #leases = new Map<string, Merged>();
  readonly #watchers = new Set<Watcher>();
  readonly #servers: Server[] = [];
  readonly #changes = new EventEmitter();
  #version = 1;

  async listen(socketPath: string): Promise<void> {
    await this.#listen((server) => server.listen(socketPath));
  }

  /** Listens on a free port of 127.0.0.1 as well, and returns it. */
  async listenOnPort(): Promise<number> {
    const server = await this.#listen((one) => one.listen(0, "127.0.0.1"));
    return (server.address() as AddressInfo).port;
  }

  /** Stores the pod, in place of an older one of its name. */
  put(pod: StoredPod): void {
    this.#store({ ...pod, metadata: { uid: randomUUID(), ...pod.metadata } });
  }

  /** Marks the pod as deleted and ended, as its kubelet does. The pod goes with its last finalizer. */
  end(namespace: string, name: string): void {
    const pod = this.#pods.get(`${namespace}/${name}`);
    if (pod === undefined) return;
    const deleted = { deletionTimestamp: new Date().toISOString(), deletionGracePeriodSeconds: 0 };
    this.#store({ ...pod, metadata: { ...pod.metadata, ...deleted }, status: { phase: "Succeeded" } });
  }

  /** Resolves when the pod is gone. */
  async whenGone(namespace: string, name: string, signal: AbortSignal): Promise<void> {
    while (this.#pods.has(`${namespace}/${name}`)) await once(this.#changes, "change", { signal });
  }

  delete(namespace: string, name: string): void {
    const pod = this.#pods.get(`${namespace}/${name}`);
    if (pod === undefined) return;
    this.#pods.delete(`${namespace}/${name}`);
    this.#tell("DELETED", { ...pod, metadata: { ...pod.metadata, resourceVersion: this.#next() } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#servers.map(async (server) => {
        const closed = once(server.close(), "close");
        server.closeAllConnections();
        await closed;
      }),
    );
  }

  async #listen(begin: (server: Server) => Server): Promise<Server> {
    const server = createServer((request, response) => {
      void this.#answer(request, response);
    });
    this.#servers.push(server);
    await once(begin(server), "listening");
    return server;
  }

  #store(pod: StoredPod): StoredPod {
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const { deletionTimestamp, finalizers = [] } = pod.metadata;
    if (deletionTimestamp !== undefined && finalizers.length === 0) {
      this.delete(pod.metadata.namespace, pod.metadata.name);
      return pod;
    }
    const type = this.#pods.has(key) ? "MODIFIED" : "ADDED";
    const stored = { ...pod, metadata: { ...pod.metadata, resourceVersion: this.#next() } };
    this.#pods.set(key, stored);
    this.#tell(type, stored);
    return stored;
  }

  #next(): string {
    this.#version += 1;
    return this.#version.toString();
  }

  #tell(type: string, pod: StoredPod): void {
    for (const { response, wants } of this.#watchers) {
      if (wants(pod)) response.write(`${JSON.stringify({ type, object: pod })}\n`);
    }
    this.#changes.emit("change");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://pods");
    const { pathname, searchParams: query } = url;
    this.requests.push(`${request.method ?? ""} ${pathname}`);
    response.setHeader("content-type", "application/json");
    const parts = pathname.split("/").slice(1);
    const [namespace, kind, name] = parts.slice(parts.indexOf("namespaces") + 1);
    if (kind === "events") this.#answerEvent(response, await readJson(request));
    else if (kind === "leases" || kind === "configmaps")
      this.#answerNamed(request, response, name, await readJson(request));
    else if (kind === "pods" && name !== undefined) {
      const pod = this.#pods.get(`${namespace ?? ""}/${name}`);
      if (pod === undefined) answerNotFound(response, name);
      else if (request.method === "PATCH") response.end(JSON.stringify(this.#patch(pod, await readJson(request))));
      else response.end(JSON.stringify(pod));
    } else if (/\/(?:ovn)?nodes\/[^/]+$/.test(pathname)) answerNotFound(response, parts.at(-1) ?? "");
    else if (parts.length === 4 && parts[2] === "namespaces") response.end(JSON.stringify(namespaceOf(parts[3] ?? "")));
    else if (query.get("watch") === "true") this.#watch(response, pathname, query);
    else response.end(JSON.stringify(this.#list(pathname, query)));
  }

  #answerEvent(response: ServerResponse, body: unknown): void {
    const event = body as (typeof this.events)[number] & { metadata: object };
    this.events.push(event);
    const metadata = { ...event.metadata, uid: "e", resourceVersion: this.#next() };
    response.writeHead(201).end(JSON.stringify({ ...event, metadata }));
  }

  /** Leases and ConfigMaps are stored by their names, and patches are merged. */
  #answerNamed(request: IncomingMessage, response: ServerResponse, name: string | undefined, body: unknown): void {
    const sent = body as Merged | undefined;
    const key = name ?? String(sent?.metadata["name"]);
    const known = this.#leases.get(key);
    if (known === undefined && request.method !== "POST") {
      answerNotFound(response, key);
      return;
    }
    const lease =
      sent === undefined
        ? known
        : {
            ...known,
            ...sent,
            metadata: { uid: "l", ...known?.metadata, ...sent.metadata, resourceVersion: this.#next() },
            spec: { ...known?.spec, ...sent.spec },
          };
    if (lease !== undefined) this.#leases.set(key, lease);
    response.end(JSON.stringify(lease));
  }

  /** Removes finalizers and labels by a strategic merge patch. The product makes no other patches here. */
  #patch(pod: StoredPod, body: unknown): StoredPod {
    const { metadata } = body as { readonly metadata: Readonly<Record<string, unknown>> };
    const gone = new Set((metadata["$deleteFromPrimitiveList/finalizers"] ?? []) as readonly string[]);
    const unlabelled = (metadata["labels"] ?? {}) as Readonly<Record<string, null>>;
    const labels = Object.entries(pod.metadata.labels ?? {}).filter(([key]) => !Object.hasOwn(unlabelled, key));
    const finalizers = (pod.metadata.finalizers ?? []).filter((one) => !gone.has(one));
    return this.#store({ ...pod, metadata: { ...pod.metadata, labels: Object.fromEntries(labels), finalizers } });
  }

  /** Answers a WatchList: the objects that there are, a bookmark, and then the changes. */
  #watch(response: ServerResponse, pathname: string, query: URLSearchParams): void {
    const nodeName = /spec\.nodeName=(.*)/.exec(query.get("fieldSelector") ?? "")?.[1];
    const wants = (pod: StoredPod): boolean =>
      pathname === "/api/v1/pods" && (nodeName === undefined || pod.spec.nodeName === nodeName);
    const send = (type: string, object: object): void => {
      response.write(`${JSON.stringify({ type, object })}\n`);
    };
    for (const pod of this.#pods.values()) if (wants(pod)) send("ADDED", pod);
    const annotations = { "k8s.io/initial-events-end": "true" };
    send("BOOKMARK", { metadata: { resourceVersion: this.#version.toString(), annotations } });
    const watcher = { response, wants };
    this.#watchers.add(watcher);
    response.once("close", () => this.#watchers.delete(watcher));
  }

  #list(pathname: string, query: URLSearchParams): object {
    const [key = "", value] = (query.get("labelSelector") ?? "").split("=");
    const selects = (labels: Readonly<Record<string, string>> = {}): boolean =>
      value === undefined ? key === "" || Object.hasOwn(labels, key) : labels[key] === value;
    const pods = [...this.#pods.values()].filter(({ metadata }) => selects(metadata.labels));
    const items = pathname === "/api/v1/pods" ? pods : (this.collections.get(pathname.split("/").at(-1) ?? "") ?? []);
    return { metadata: { resourceVersion: this.#version.toString() }, items };
  }
}

/** An object that merge patches change. */
interface Merged {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Every namespace exists. */
function namespaceOf(name: string): object {
  return { metadata: { name, uid: name === "kube-system" ? "stand-in" : name, resourceVersion: "1" } };
}

function answerNotFound(response: ServerResponse, name: string): void {
  const status = { kind: "Status", code: 404, reason: "NotFound", message: `"${name}" not found` };
  response.writeHead(404).end(JSON.stringify(status));
}

/** The body, or undefined when there is none. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
}
