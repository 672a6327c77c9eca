// Adds up a profile of V8 by the parts of the product in which the processor was.
import * as z from "zod";

const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string() }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  /** Microseconds since the sample before. */
  timeDeltas: z.array(z.number()),
});

export type CpuProfile = z.output<typeof profileSchema>;

/** The parts of a review, by the place of the code. The first that fits counts. */
export const parts = {
  signature: /\/src\/tokens\/|node:internal\/crypto/,
  log: /\/node_modules\/(?:pino|sonic-boom|thread-stream|on-exit-leak-free)|\/src\/core\/(?:logger|log)/,
  metrics: /\/node_modules\/prom-client|\/src\/core\/metric/,
  ovsdb: /\/packages\/ovsdb-client\/|\/src\/ovsdb\//,
  planning: /\/src\/(?:ipam|ovn|net)\//,
  readingAndPatch: /\/src\/(?:api|pods|kube)\/|\/node_modules\/zod/,
  admission: /\/webhooks\/|\/src\//,
  socketsTlsHttp: /^node:/,
} as const;

type Part = keyof typeof parts | "garbage" | "native" | "other";

/** Milliseconds in each part, without the time in which the process waited. A function that V8 has built in counts for its caller. */
export function timesByPart(profile: CpuProfile): ReadonlyMap<Part, number> {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const partOf = new Map<number, Part | undefined>();
  const visit = (id: number, caller: Part | undefined): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const part = partOfFrame(node.callFrame, caller);
    partOf.set(id, part);
    for (const child of node.children ?? []) visit(child, part);
  };
  const children = new Set(profile.nodes.flatMap((node) => node.children ?? []));
  for (const { id } of profile.nodes) if (!children.has(id)) visit(id, undefined);
  const times = new Map<Part, number>();
  for (const [n, id] of profile.samples.entries()) {
    if (byId.get(id)?.callFrame.functionName === "(idle)") continue;
    const part = partOf.get(id) ?? "other";
    times.set(part, (times.get(part) ?? 0) + (profile.timeDeltas[n + 1] ?? 0) / 1_000);
  }
  return times;
}

function partOfFrame(
  { functionName, url }: CpuProfile["nodes"][number]["callFrame"],
  caller: Part | undefined,
): Part | undefined {
  if (functionName === "(garbage collector)") return "garbage";
  if (functionName === "(program)") return "native";
  if (url === "") return caller;
  return (Object.keys(parts) as (keyof typeof parts)[]).find((name) => parts[name].test(url)) ?? "other";
}

export function readProfile(text: string): CpuProfile {
  return profileSchema.parse(JSON.parse(text));
}
