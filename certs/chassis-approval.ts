// The decision about a CertificateSigningRequest: whether the account that made it is that of the node that it names.
import * as z from "zod";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { maxCommonName } from "./certificate-writer.ts";
import { type ChassisRequest, chassisSigner, readChassisRequest } from "./chassis-request.ts";

/** The API server writes who asks. From Kubernetes 1.30 on, the token of a pod also names its node. */
const nodeClaim = "authentication.kubernetes.io/node-name";

const requestShape = z.object({
  spec: z.object({
    signerName: z.string(),
    request: z.string(),
    username: z.string().default(""),
    extra: z.record(z.string(), z.array(z.string())).default({}),
  }),
  status: z
    .object({
      certificate: z.string().optional(),
      conditions: z.array(z.object({ type: z.string(), message: z.string().default("") })).default([]),
    })
    .default({ conditions: [] }),
});

export type ApprovalDecision =
  /** It is another signer's, or it was answered. */
  | { readonly do: "nothing" }
  | { readonly do: "deny"; readonly why: string }
  | ({ readonly do: "sign"; readonly isApproved: boolean } & ChassisRequest);

/** Decides about a request. `account` is the user name of the service account of the nodes' pods. */
export function decideApproval(object: KubeObject, account: string): ApprovalDecision {
  const { success, data } = requestShape.safeParse(object);
  if (!success || data.spec.signerName !== chassisSigner) return { do: "nothing" };
  const { spec, status } = data;
  const has = (type: string): boolean => status.conditions.some((condition) => condition.type === type);
  if (status.certificate !== undefined || has("Denied") || has("Failed")) return { do: "nothing" };
  try {
    // Anybody may be allowed to make requests. So nothing is read of one before it is known who asks.
    if (spec.username !== account) throw refused(`${spec.username} is not ${account}`);
    const [node] = spec.extra[nodeClaim] ?? [];
    if (node === undefined) throw refused("the token of the request names no node; Kubernetes does so from 1.30 on");
    const request = readChassisRequest(Buffer.from(spec.request, "base64").toString());
    if (node !== request.name) throw refused(`the pod is on ${node}, and the request is for ${request.name}`);
    // OVN knows a chassis by the common name.
    if (node.length > maxCommonName) throw refused(`the name ${node} has more than ${maxCommonName} characters`);
    return { do: "sign", isApproved: has("Approved"), ...request };
  } catch (caught) {
    return { do: "deny", why: fromUnknown(caught).message };
  }
}

/** The certificate (PEM), or the reason of a refusal. */
export type Answer = { readonly certificate: string } | { readonly refused: string };

/** The answer to a request; undefined while there is none. */
export function readAnswer(object: KubeObject | undefined): Answer | undefined {
  if (object === undefined) return { refused: "the request was deleted" };
  const { status } = requestShape.parse(object);
  const denied = status.conditions.find(({ type }) => type === "Denied" || type === "Failed");
  if (denied !== undefined) return { refused: denied.message };
  if (status.certificate === undefined) return undefined;
  return { certificate: Buffer.from(status.certificate, "base64").toString() };
}

function refused(why: string): AppError {
  return new AppError("ConfigInvalid", why);
}
