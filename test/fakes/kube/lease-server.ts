import type { ApiRequest } from "#src/kube/client/api-client.ts";
import { statusError } from "./fake-api-client.ts";

/** A fake of one Lease with the API server's rules about names and resourceVersions. */
export class LeaseServer {
  lease:
    | { metadata: { name: string; uid: string; resourceVersion: string }; spec: Record<string, unknown> }
    | undefined;
  writes = 0;

  answer(request: ApiRequest): unknown {
    const body = request.body as { metadata: { resourceVersion?: string }; spec: Record<string, unknown> } | undefined;
    if (request.method === "POST") {
      if (this.lease !== undefined) throw statusError(409, "AlreadyExists");
      return this.#store(body?.spec ?? {});
    }
    if (this.lease === undefined) throw statusError(404, "NotFound");
    if (request.method === "GET") return structuredClone(this.lease);
    if (body?.metadata.resourceVersion !== this.lease.metadata.resourceVersion) throw statusError(409, "Conflict");
    return this.#store({ ...this.lease.spec, ...body.spec });
  }

  get holder(): unknown {
    return this.lease?.spec["holderIdentity"];
  }

  #store(spec: Record<string, unknown>): unknown {
    this.writes += 1;
    this.lease = { metadata: { name: "l", uid: "u", resourceVersion: String(this.writes) }, spec };
    return structuredClone(this.lease);
  }
}
