import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** As much of a Pod as whoever reads it here needs. */
export interface StoredPod {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Record<string, string>;
    readonly [field: string]: unknown;
  };
  readonly spec: { readonly nodeName: string };
}

interface Watcher {
  readonly response: ServerResponse;
  readonly nodeName: string;
}

/**
 * The few calls of the Kubernetes API that a node agent makes, for where no cluster is: pods that the test puts there,
 * Events that the agent writes. Listens on a unix socket, so that it can be reached from any network namespace.
 */
export class PodApiServer implements AsyncDisposable {
  readonly events: { readonly reason: string; readonly message: string }[] = [];
  /** Answers of collections other than pods, by the end of their path; others are empty. */
  readonly collections = new Map<string, readonly object[]>();
  /** Requests served, as `METHOD path`. */
  readonly requests: string[] = [];
  readonly #pods = new Map<string, StoredPod>();
  readonly #watchers = new Set<Watcher>();
  readonly #server: Server;
  #version = 1;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  async listen(socketPath: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(socketPath, resolve);
    });
  }

  /** Stores the pod, in place of an older one of its name. */
  put(pod: StoredPod): void {
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const type = this.#pods.has(key) ? "MODIFIED" : "ADDED";
    const stored = { ...pod, metadata: { ...pod.metadata, resourceVersion: this.#next() } };
    this.#pods.set(key, stored);
    this.#tell(type, stored);
  }

  delete(namespace: string, name: string): void {
    const pod = this.#pods.get(`${namespace}/${name}`);
    if (pod === undefined) return;
    this.#pods.delete(`${namespace}/${name}`);
    this.#tell("DELETED", { ...pod, metadata: { ...pod.metadata, resourceVersion: this.#next() } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  #next(): string {
    this.#version += 1;
    return this.#version.toString();
  }

  #tell(type: string, pod: StoredPod): void {
    for (const { response, nodeName } of this.#watchers) {
      if (pod.spec.nodeName === nodeName) response.write(`${JSON.stringify({ type, object: pod })}\n`);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://pods");
    const { pathname, searchParams: query } = url;
    this.requests.push(`${request.method ?? ""} ${pathname}`);
    response.setHeader("content-type", "application/json");
    const [, namespace, kind, name] = /^\/api\/v1\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
    if (kind === "events") {
      const event = JSON.parse(await readAll(request)) as (typeof this.events)[number] & { metadata: object };
      this.events.push(event);
      const metadata = { ...event.metadata, uid: "e", resourceVersion: this.#next() };
      response.writeHead(201).end(JSON.stringify({ ...event, metadata }));
    } else if (kind === "pods" && name !== undefined) {
      const pod = this.#pods.get(`${namespace ?? ""}/${name}`);
      const missing = { kind: "Status", code: 404, reason: "NotFound", message: `pods "${name}" not found` };
      response.writeHead(pod === undefined ? 404 : 200).end(JSON.stringify(pod ?? missing));
    } else if (query.get("watch") === "true") this.#watch(response, query);
    else response.end(JSON.stringify(this.#list(pathname, query)));
  }

  /** WatchList: what there is, a bookmark, and then what happens. */
  #watch(response: ServerResponse, query: URLSearchParams): void {
    const watcher = { response, nodeName: /spec\.nodeName=(.*)/.exec(query.get("fieldSelector") ?? "")?.[1] ?? "" };
    const send = (type: string, object: object): void => {
      response.write(`${JSON.stringify({ type, object })}\n`);
    };
    for (const pod of this.#pods.values()) if (pod.spec.nodeName === watcher.nodeName) send("ADDED", pod);
    const annotations = { "k8s.io/initial-events-end": "true" };
    send("BOOKMARK", { metadata: { resourceVersion: this.#version.toString(), annotations } });
    this.#watchers.add(watcher);
    response.once("close", () => this.#watchers.delete(watcher));
  }

  #list(pathname: string, query: URLSearchParams): object {
    const [key, value] = (query.get("labelSelector") ?? "").split("=");
    const pods = [...this.#pods.values()].filter(({ metadata }) => metadata.labels?.[key ?? ""] === value);
    const items = pathname === "/api/v1/pods" ? pods : (this.collections.get(pathname.split("/").at(-1) ?? "") ?? []);
    return { metadata: { resourceVersion: this.#version.toString() }, items };
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
