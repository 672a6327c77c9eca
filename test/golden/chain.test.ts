import { join } from "node:path";
import * as z from "zod";
import { chainRows } from "#src/ovn/rows/chain-rows.ts";
import { cidr, ip } from "#test/fixtures/ovn/sample-topology.ts";
import { goldenPairs } from "./golden-pairs.ts";

const replicaSchema = z.object({ name: z.string(), left: z.array(z.string()), right: z.array(z.string()) });
const inputSchema = z.object({
  onFailure: z.enum(["Drop", "Bypass"]).default("Drop"),
  networks: z.array(
    z.object({ name: z.string(), subnets: z.array(z.string()), closed: z.boolean().default(false) }).nullable(),
  ),
  hops: z.array(z.array(replicaSchema)),
});

goldenPairs(join(import.meta.dirname, "chain"), 6, (input) => {
  const { onFailure, networks, hops } = inputSchema.parse(input);
  const rows = chainRows({
    uid: "uid",
    onFailure,
    networks: networks.map((one) => one ?? undefined).map((one) => one && { ...one, subnets: one.subnets.map(cidr) }),
    hops: hops.map((replicas) =>
      replicas.map(({ name, left, right }) => ({ name, left: left.map(ip), right: right.map(ip) })),
    ),
  });
  return rows.map(({ id, table, columns, parent }) => ({ id, table: table.name, ...columns, parent: parent?.id }));
});
