import { generateKeyPairSync } from "node:crypto";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import { printResult } from "#src/api/result.ts";
import type { PortRow } from "#src/controllers/allocations/allocation-rows.ts";
import { createTokenSigner } from "#src/tokens/token.ts";

const { allocation, finalizer, result, token } = annotationKeys;

export const id = "01KDGX3V9ZJ4T1C3R6Y8M2N5QW";
export const portName = `${id}-net1`;
export const resultText = printResult([
  {
    ip_address: ["10.1.0.7/24"],
    mac_address: "0a:58:0a:01:00:07",
    gateway_ip: ["10.1.0.1"],
    defaultGateway: "false",
    interface: "net1",
    network: "blue",
    port: portName,
  },
]);

export const signer = await createTokenSigner(generateKeyPairSync("ed25519").privateKey);
export const keys = new Map([[signer.kid, signer.publicKey]]);

export interface PodParts {
  readonly name?: string;
  readonly uid?: string;
  readonly token?: string;
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
}

/** A pod with the marks of allocation `id`, on a node, running. */
export function labelledPod(parts: PodParts = {}): PodMetadata {
  const { name = "web", uid = "uid-web", token: tokenText = "", metadata, spec, status } = parts;
  return readPod({
    metadata: {
      name,
      uid,
      namespace: "default",
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: { [allocation.key]: id },
      annotations: { [result.key]: resultText, [token.key]: tokenText },
      finalizers: [finalizer.key],
      ...metadata,
    },
    spec: { nodeName: "worker", restartPolicy: "Always", ...spec },
    status: { phase: "Running", ...status },
  });
}

export function tokenFor(name: string): string {
  return signer.sign({ allocation: id, namespace: "default", name, generateName: "", result: resultText });
}

/** The row of the pod's port, bound to `podUid` ("" = to nobody). */
export function row(podUid: string, firstSeenMs = 0, namespace = "default"): PortRow {
  const owner = { allocation: id, namespace, pod: "web", podUid };
  return { uuid: "row-1", name: portName, owner, firstSeenMs };
}
