import { type ClaimFinding, claimFindings } from "#src/controllers/claims/claim-findings.ts";
import { projectClaimObject } from "#src/controllers/claims/claim-object.ts";
import { heldClaims } from "#src/controllers/claims/claim-rows.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { AddressIndex } from "#src/ipam/index/address-index.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { Cluster } from "../cluster.ts";

/** Reads all IPAMClaims, and finds where they and NB do not agree. */
export async function surveyClaims(
  index: AddressIndex,
  { client, uid }: Cluster,
  call: CallOptions,
): Promise<readonly ClaimFinding[]> {
  const objects = await new ResourceApi(client, resources.ipamClaims).listInstalled({}, call);
  return claimFindings(heldClaims(index, uid), objects.map(projectClaimObject), uid);
}
