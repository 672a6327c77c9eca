import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { datapathState } from "./datapath-state.ts";
import { until } from "#test/assertions/until.ts";

/** Makes the datapaths of all hosts that run ask for their flows anew; `OpenVswitch` says why. */
export async function forgetCachedFlows(hosts: readonly ChassisHost[]): Promise<void> {
  for (const host of hosts) if (host.machine.running) await host.chassis.forgetCachedFlows();
}

/**
 * Looks again at what packets do until it holds; see `until`. A flow that was cached before a change stays for as long as it is
 * used, and who asks again and again uses it, so that all are forgotten before each question. The error says what the hosts hold.
 */
export async function untilTraffic(
  hosts: readonly ChassisHost[],
  holds: () => Promise<boolean>,
  timeoutMs?: number,
): Promise<void> {
  const ask = async (): Promise<boolean> => {
    await forgetCachedFlows(hosts);
    return holds();
  };
  try {
    await until(Object.assign(ask, { toString: () => holds.toString() }), timeoutMs);
  } catch (cause) {
    const states = [];
    for (const host of hosts) if (host.machine.running) states.push(await datapathState(host));
    throw new Error(["no traffic as expected", ...states].join("\n"), { cause });
  }
}
