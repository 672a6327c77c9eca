import { randomUUID } from "node:crypto";
import { applyPatch, type Operation } from "rfc6902";
import { AppError } from "#src/core/errors.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { reviewClient } from "#lab/webhook/review-client.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";

/** The answer to the review of a pod. */
export type Reviewed =
  | { readonly allowed: true; readonly pod: KubeObject; readonly warnings: readonly string[] }
  | { readonly allowed: false; readonly code: number; readonly message: string };

/** The fields of an AdmissionReview's response that the API server looks at. */
interface Answer {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly status?: { readonly code: number; readonly message: string };
}

/** Stands in for kube-apiserver: asks the webhook about each pod over HTTPS and applies the patch of the answer. */
export class Reviewer implements Disposable {
  readonly #client: ReturnType<typeof reviewClient>;

  /** `ca` is the authority that signed the webhook's certificate, in PEM. */
  constructor(port: number, ca: string, connections: number) {
    this.#client = reviewClient(port, { ca }, connections);
  }

  async create(pod: JsonObject): Promise<Reviewed> {
    const uid = randomUUID();
    const { status, json } = await this.#client.post("/mutate/pods?timeout=10s", JSON.stringify(reviewOf(uid, pod)));
    const { response } = json as { readonly response?: Answer };
    if (status !== 200 || response?.uid !== uid) {
      throw new AppError("CommandFailed", `the webhook answered with status ${status}: ${JSON.stringify(json)}`);
    }
    if (!response.allowed) {
      const { code = 0, message = "" } = response.status ?? {};
      return { allowed: false, code, message };
    }
    return { allowed: true, pod: store(pod, response.patch), warnings: response.warnings ?? [] };
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** Applies the patch (base64) to the pod, and generates its name as the API server does after admission. */
function store(pod: JsonObject, patch = "W10="): KubeObject {
  const stored = structuredClone(pod);
  const operations = JSON.parse(Buffer.from(patch, "base64").toString()) as Operation[];
  const failure = applyPatch(stored, operations).find((error) => error !== null);
  if (failure !== undefined)
    throw new AppError("CommandFailed", "the webhook's patch does not apply", { cause: failure });
  const { metadata, ...rest } = stored as unknown as KubeObject;
  const { generateName } = metadata as { readonly generateName?: string };
  const suffix = randomUUID().slice(0, 5);
  return { ...rest, metadata: { ...metadata, ...(generateName === undefined ? {} : { name: generateName + suffix }) } };
}

/** A review as kube-apiserver sends it (apiserver pkg/admission/plugin/webhook/request/admissionreview.go). */
function reviewOf(uid: string, object: JsonObject): object {
  const { name = "", namespace = "" } = object["metadata"] as { readonly name?: string; readonly namespace?: string };
  const kind = { group: "", version: "v1", kind: "Pod" };
  const resource = { group: "", version: "v1", resource: "pods" };
  const request = { uid, kind, resource, requestKind: kind, requestResource: resource, name, namespace };
  const userInfo = { username: "demo", groups: ["system:authenticated"] };
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: { ...request, operation: "CREATE", userInfo, object, oldObject: null, dryRun: false, options: {} },
  };
}
