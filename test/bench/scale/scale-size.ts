import * as z from "zod";

/** The size of a run. The environment may name each number. */
export interface ScaleSize {
  readonly pods: number;
  readonly nodes: number;
  readonly networks: number;
  /** Requests that clients have open at once. */
  readonly clients: number;
}

const count = (fallback: number) => z.coerce.number().int().min(1).default(fallback);
const schema = z.object({ PODS: count(50_000), NODES: count(1_000), NETWORKS: count(200), CLIENTS: count(16) });

export function readScaleSize(env: NodeJS.ProcessEnv): ScaleSize {
  const { PODS: pods, NODES: nodes, NETWORKS: networks, CLIENTS: clients } = schema.parse(env);
  return { pods, nodes, networks, clients };
}

/** One pod of ten, whose life ends before that of the others. */
export function churned({ pods }: ScaleSize): number {
  return Math.max(1, Math.round(pods / 10));
}

/** The pods at the begin and at the end of a run whose creates are compared: a thousand where there are enough. */
export function windowOf({ pods }: ScaleSize): number {
  return Math.max(1, Math.min(1_000, Math.floor(pods / 4)));
}

/** The size as it stands in names of ratios: `50k`, `1500`. */
export function sizeName(pods: number): string {
  return pods % 1_000 === 0 ? `${pods / 1_000}k` : String(pods);
}
