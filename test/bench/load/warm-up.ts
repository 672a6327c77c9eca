import { emptySwitch } from "../baseline/bare-transactions.ts";
import { benchReview } from "./bench-pod.ts";
import type { PostLoad } from "./post-load.ts";
import type { Served } from "./serving.ts";

export interface WarmUp {
  readonly load: PostLoad;
  readonly ca: string;
  readonly networks: readonly string[];
  /** The NB whose switches are emptied between rounds, because a switch with all the ports would slow it down. */
  readonly nb: string;
  readonly switches: readonly string[];
}

const rounds = 8;
const connections = 128;
const total = connections * 32;

/** Posts reviews that are not counted: a webhook runs for weeks, and V8 has compiled its code by then. */
export async function warmUp({ port }: Served, { load, ca, networks, nb, switches }: WarmUp): Promise<void> {
  const target = { port, path: "/mutate/pods?timeout=10s", ca, body: benchReview(networks) };
  for (let round = 0; round < rounds; round += 1) {
    await load.run({ ...target, status: 200, contains: '"allowed":true', connections, warmUp: 0, total });
    for (const uuid of switches) await emptySwitch(nb, uuid);
  }
}
