import { heldClaims } from "#src/controllers/claims/claim-rows.ts";
import type { ViewClaim } from "#src/view/contract/view-item.ts";
import { type ClaimLine, claimLines } from "../../inspect/claim-lines.ts";
import { given, viewKeyIf, viewKey, type Readiness } from "./readiness.ts";
import type { ViewFacts } from "./view-facts.ts";

const wrong: ReadonlySet<ClaimLine["state"]> = new Set(["no claim", "lost", "held twice"]);
const well: ReadonlySet<ClaimLine["state"]> = new Set(["in use", "reserved", "kept"]);

/** The claims as `ovn4nfv claims` has them. Without the Northbound database nobody judges them. */
export function claimItems({ nb, clusterUid, cluster }: ViewFacts): readonly ViewClaim[] {
  const lines = claimLines(nb === undefined ? [] : heldClaims(nb.index, clusterUid), cluster.claims);
  return lines.map((line): ViewClaim => {
    const { namespace, claim: name, network, addresses, state, pod } = line;
    return {
      kind: "claim",
      key: viewKey("claim", namespace, name),
      namespace,
      name,
      ...(nb === undefined ? { ready: "unknown" } : claimReadiness(state)),
      ...given("network", viewKeyIf("network", network)),
      addresses,
      ...given("pod", pod && viewKey("pod", namespace, pod)),
    };
  });
}

function claimReadiness(state: ClaimLine["state"]): Readiness {
  if (wrong.has(state)) return { ready: "no", reason: state };
  return { ready: well.has(state) ? "yes" : "unknown", message: state };
}
