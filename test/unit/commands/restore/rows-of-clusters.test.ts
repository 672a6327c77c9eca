import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertNobodyIsLost, assertOfCluster, ownRows } from "#src/commands/restore/rows-of-clusters.ts";
import { hasCode } from "#src/core/errors.ts";

const prefix = "k8s.plugin.opnfv.org/";

/** Rows whose keys are these. */
function tablesWith(...ids: readonly (readonly (readonly [string, string])[])[]) {
  const rows = new Map(ids.map((pairs, n) => [`uuid-${n}`, { external_ids: ["map", pairs] }]));
  const others = new Map<string, object>([
    ["other", { name: "d" }],
    ["empty", { external_ids: ["map", []] }],
  ]);
  return new Map<string, ReadonlyMap<string, Readonly<Record<string, unknown>>>>([
    ["Logical_Switch_Port", rows],
    ["NAT", others as ReadonlyMap<string, Readonly<Record<string, unknown>>>],
  ]);
}
const of = (cluster: string) => [[`${prefix}cluster`, cluster]] as const;
const network = [[`${prefix}subnets`, "10.0.0.0/24"]] as const;
const neutron = [["neutron:cluster", "two"]] as const;

describe("the rows of a database", () => {
  it("say whose they are", () => {
    const { clusters, hasOurs } = ownRows(tablesWith(of("one"), neutron, of("two")));
    assert.deepEqual([[...clusters], hasOurs], [["one", "two"], true]);
    assert.deepEqual(ownRows(tablesWith(network)), { clusters: new Set(), hasOurs: true });
    assert.deepEqual(ownRows(tablesWith(neutron)), { clusters: new Set(), hasOurs: false });
  });

  it("of a backup must be of this cluster, or of its networks before the first pod", () => {
    assertOfCluster(tablesWith(of("one"), of("two")), "one", "f");
    assertOfCluster(tablesWith(network), "one", "f");
    assert.throws(() => assertOfCluster(tablesWith(of("two")), "one", "f"), {
      code: "BackupInvalid",
      message: /^f has rows of the cluster two, and none of this cluster, one; name a backup of this cluster/,
    });
    assert.throws(() => assertOfCluster(tablesWith(neutron), "one", "f"), { message: /^f has no row of ovn4nfv;/ });
  });

  it("must not be of a cluster that the backup does not know", () => {
    const backup = tablesWith(of("one"), of("two"));
    assertNobodyIsLost(tablesWith(of("two"), of("one")), backup, "one");
    assertNobodyIsLost(tablesWith(of("one")), tablesWith(network), "one");
    assert.throws(
      () => assertNobodyIsLost(tablesWith(of("three")), backup, "one"),
      (error) =>
        hasCode(error, "ConfigInvalid") && /rows of the cluster three, which.*--nb.*serve one/.test(error.message),
    );
  });
});
