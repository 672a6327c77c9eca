import { projectClaimObject } from "#src/controllers/claims/claim-object.ts";
import { heldClaims } from "#src/controllers/claims/claim-rows.ts";
import { controllerTables } from "#src/controllers/northbound/controller-tables.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { type Cluster, openCluster } from "../cluster.ts";
import type { CommandRun } from "../command.ts";
import { nbOptions, refuseUnnamed } from "../nb-options.ts";
import { NbReading } from "../nb-reading.ts";
import { type Listing, writeListing } from "../output/print-rows.ts";
import type { Tone } from "../output/text-style.ts";
import type { Column } from "../output/text-table.ts";
import { type ClaimLine, claimLines, type ClaimState } from "./claim-lines.ts";
import { hintAtNames, hintAtNamespace } from "./misspelt.ts";
import { isWanted, nameOf, type Named } from "./select-named.ts";

const columns: readonly Column<ClaimLine>[] = [
  { title: "namespace", value: ({ namespace }) => namespace },
  { title: "claim", value: ({ claim }) => claim },
  { title: "network", value: ({ network }) => network ?? "-" },
  { title: "addresses", value: ({ addresses }) => addresses.join(",") || "-" },
  { title: "mac", value: ({ mac }) => mac ?? "-" },
  { title: "state", value: ({ state }) => state, tone: ({ state }) => tones[state] },
  { title: "pod", value: ({ pod }) => pod ?? "-" },
];

const tones: Readonly<Record<ClaimState, Tone>> = {
  "in use": "good",
  reserved: "warning",
  kept: "quiet",
  going: "warning",
  "no claim": "bad",
  lost: "bad",
  "no addresses": "warning",
  migrates: "warning",
  "held twice": "bad",
};

const asNamed = ({ namespace, claim: name }: ClaimLine): Named => ({ namespace, name });
const list: Listing<ClaimLine, ClaimLine> = {
  linesOf: (row) => [row],
  columns,
  nameOf: (row) => nameOf(asNamed(row)),
};

/** Prints the claims with what NB keeps for them: those that are named, of the namespace that is named, or all. */
export const claims: CommandRun<"claims"> = async (context) => {
  const { config, operands, clock, logger, signal } = context;
  refuseUnnamed(config, "claims");
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  await using owned = new AsyncDisposableStack();
  const cluster = await openCluster(context, "ovn4nfv-claims", createMetrics(), call);
  owned.defer(() => {
    cluster?.client.close();
  });
  const nb = owned.use(await NbReading.open({ nb: nbOptions(config), clock, logger, tables: controllerTables }, call));
  const objects = cluster && (await storedClaims(cluster, call));
  const lines = claimLines(heldClaims(nb.index, cluster?.uid), objects).filter(
    ({ namespace }) => config.namespace === undefined || namespace === config.namespace,
  );
  if (lines.length === 0 && cluster !== undefined)
    await hintAtNamespace(context, cluster.client, config.namespace, call);
  hintAtNames(context, "IPAMClaim", operands, lines.map(asNamed));
  writeListing(
    context,
    lines.filter((line) => isWanted(operands, asNamed(line))),
    list,
  );
  return "ok";
};

async function storedClaims({ client }: Cluster, call: CallOptions) {
  return (await new ResourceApi(client, resources.ipamClaims).listInstalled({}, call)).map(projectClaimObject);
}
