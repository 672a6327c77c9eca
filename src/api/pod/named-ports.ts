import * as z from "zod";

/** A port of a container that has a name, by which network policies find its number. */
export interface NamedPort {
  readonly name: string;
  readonly protocol: string;
  readonly number: number;
}

const portSchema = z.object({
  name: z.string().min(1),
  containerPort: z.number().int(),
  protocol: z.string().nullish(),
});
const containerSchema = z.object({ ports: z.array(z.unknown()).nullish(), restartPolicy: z.string().nullish() });
const specSchema = z.object({
  containers: z.array(containerSchema).nullish(),
  initContainers: z.array(containerSchema).nullish(),
});

/**
 * Reads the ports with names from the spec of a pod: its containers have them, and init containers that go on running. It
 * leaves out what it cannot read.
 */
export function readNamedPorts(spec: unknown): readonly NamedPort[] {
  const parsed = specSchema.safeParse(spec).data;
  if (parsed === undefined) return [];
  const sidecars = (parsed.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...(parsed.containers ?? []), ...sidecars].flatMap(({ ports }) =>
    (ports ?? []).flatMap((port): readonly NamedPort[] => {
      const named = portSchema.safeParse(port).data;
      if (named === undefined) return [];
      return [{ name: named.name, protocol: named.protocol || "TCP", number: named.containerPort }];
    }),
  );
}
