import { join } from "node:path";
import { policyRows } from "#src/ovn/rows/policy-rows.ts";
import { decidePolicy } from "#src/controllers/policies/policy-decision.ts";
import { projectPolicy } from "#src/controllers/policies/policy-objects.ts";
import * as z from "zod";
import { goldenPairs } from "./golden-pairs.ts";

const labels = z.record(z.string(), z.string());
const podSchema = z.object({
  network: z.string(),
  namespace: z.string().default("default"),
  labels: labels.default({}),
  namespaceLabels: labels.default({}),
  ports: z.array(z.object({ name: z.string(), protocol: z.string(), number: z.int() })).default([]),
});
const inputSchema = z.object({
  networks: z.record(z.string(), z.array(z.union([z.literal(4), z.literal(6)]))),
  definitions: z.record(z.string(), z.object({ network: z.string().optional() }).nullable()).default({}),
  pods: z.array(podSchema).default([]),
  policies: z.array(z.object({ name: z.string(), for: z.string(), spec: z.unknown() })),
});

goldenPairs(join(import.meta.dirname, "policy"), 6, (input) => {
  const { networks, definitions, pods, policies } = inputSchema.parse(input);
  const decisions = policies.map((policy) => {
    const annotations = { "k8s.v1.cni.cncf.io/policy-for": policy.for };
    const metadata = { name: policy.name, namespace: "default", uid: policy.name, resourceVersion: "1", annotations };
    return decidePolicy(projectPolicy({ metadata, spec: policy.spec }), {
      definition: (key) => {
        const found = definitions[key];
        return found === undefined ? undefined : { own: found === null ? undefined : { network: found.network } };
      },
      families: (network) => networks[network],
      pods: (network) => pods.filter((pod) => pod.network === network),
    });
  });
  const rows = policyRows(
    decisions.flatMap(({ applied }) => applied),
    "cluster",
  );
  return {
    problems: decisions.flatMap(({ problems }) => problems),
    rows: rows.map(({ id, table, columns, settings, parent }) => {
      return { id, table: table.name, ...columns, ...settings, ...(parent === undefined ? {} : { parent: parent.id }) };
    }),
  };
});
