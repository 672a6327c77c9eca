// A restart of the controller, and what is the least that it must read.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import type { BareRequests } from "../release/bare-requests.ts";
import { operationsPort } from "../release/controller-bench.ts";

const lookMs = 100;
const limitMs = 300_000;

/**
 * Waits until every allocation was checked and none is in the queue. Only a metric tells that, so it asks for the
 * metric. Gives the longest time, in milliseconds, in which its event loop came to no turn.
 */
export async function untilNothingToDo(controller: ManagedProcess, pods: number): Promise<number> {
  const url = `http://127.0.0.1:${operationsPort(controller)}/metrics`;
  const limit = AbortSignal.timeout(limitMs);
  let stallSeconds = 0;
  for (;;) {
    const text = await (await fetch(url, { signal: limit })).text();
    const looked = sample(text, 'controller_runtime_reconcile_total{controller="allocations",result="success"}');
    // The largest one since the last question.
    stallSeconds = Math.max(stallSeconds, sample(text, "nodejs_eventloop_lag_max_seconds"));
    if (looked >= pods && sample(text, 'workqueue_depth{name="allocations"}') === 0) return 1_000 * stallSeconds;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

function sample(text: string, series: string): number {
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

/** The seconds for listing the pods page by page and then dumping NB, with the bytes thrown away. */
export async function readRaw(requests: BareRequests, nb: string): Promise<number> {
  const startMs = performance.now();
  await requests.pages("/api/v1/pods?limit=500");
  const child = spawn(ovnBinary("ovsdb-client"), ["dump", nb, "OVN_Northbound"], {
    stdio: "ignore",
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`ovsdb-client dump ended with ${String(code)}`);
  return (performance.now() - startMs) / 1000;
}
