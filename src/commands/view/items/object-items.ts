import { readyCondition } from "#src/controllers/conditions/conditions.ts";
import type { ViewChain, ViewFloatingIp, ViewService, ViewTap, ViewUplink } from "#src/view/contract/view-item.ts";
import { judgeFloatingIp } from "../../doctor/outside/floating-checks.ts";
import { reportChain } from "../../inspect/objects/chain-lines.ts";
import { reportService } from "../../inspect/objects/service-lines.ts";
import { reportTap } from "../../inspect/objects/tap-lines.ts";
import { reportUplink } from "../../inspect/objects/uplink-lines.ts";
import { readyWord } from "../../inspect/ready-word.ts";
import { given, viewKeyIf, viewKey, readinessOf } from "./readiness.ts";
import type { KnownObjects } from "./view-facts.ts";

type Each<K extends keyof KnownObjects> = NonNullable<KnownObjects[K]>[number];

export function chainItem(chain: Each<"chains">): ViewChain {
  const { namespace, name, ready, hops, problem } = reportChain(chain);
  return {
    kind: "chain",
    key: viewKey("chain", namespace, name),
    namespace,
    name,
    ...readinessOf(ready, problem),
    hops: hops.map((hop) => ({
      name: hop.name,
      ...given("left", viewKeyIf("network", hop.left)),
      ...given("right", viewKeyIf("network", hop.right)),
      pods: hop.pods.map((pod) => ({ pod: viewKey("pod", namespace, pod.name), slices: pod.slices })),
    })),
  };
}

export function tapItem(tap: Each<"taps">): ViewTap {
  const { namespace, name, ready, sink, sources, problem } = reportTap(tap);
  return {
    kind: "tap",
    key: viewKey("tap", namespace, name),
    namespace,
    name,
    ...readinessOf(ready, problem),
    sink,
    sources: sources.map((source) => ({
      pod: viewKey("pod", source.pod),
      interface: source.interface,
      state: source.state,
      ...given("message", source.message),
    })),
  };
}

export function serviceItem(service: Each<"services">): ViewService {
  const { namespace, name, network, addresses, outside, ports, state, problem } = reportService(service);
  return {
    kind: "service",
    key: viewKey("service", namespace, name),
    namespace,
    name,
    ...readinessOf(state === "Served" ? "True" : state, problem),
    ...given("network", viewKeyIf("network", network)),
    addresses,
    outside,
    ports,
  };
}

export function floatingIpItem(floatingIp: Each<"floatingIps">): ViewFloatingIp {
  const { namespace, name, config, status } = floatingIp;
  const ready = readyCondition(status);
  const finding = judgeFloatingIp(floatingIp);
  return {
    kind: "floatingip",
    key: viewKey("floatingip", namespace, name),
    namespace,
    name,
    ...readinessOf(readyWord(ready), ready?.message ?? ""),
    ...given("address", status?.address),
    ...given("uplink", viewKeyIf("uplink", typeof config === "string" ? "" : config.uplink)),
    ...given("pod", status?.pod === undefined ? undefined : viewKey("pod", namespace, status.pod)),
    ...given("network", viewKeyIf("network", status?.network)),
    ...given("podAddress", status?.podAddress),
    ...given("cure", finding?.cure),
  };
}

export function uplinkItem(uplink: Each<"uplinks">, networks: readonly Each<"networks">[]): ViewUplink {
  const { name, ready, addresses, nextHops, chassis, message } = reportUplink(uplink, networks, undefined);
  const outside = typeof uplink.config === "string" ? undefined : uplink.config.outside;
  const provider = networks.find((one) => one.kind === "ProviderNetwork" && one.name === outside?.name);
  const wire = outside?.kind === "physical" ? outside.name : provider?.status?.physicalNetwork;
  return {
    kind: "uplink",
    key: viewKey("uplink", name),
    name,
    ...readinessOf(ready, message),
    addresses,
    nextHops,
    chassis,
    ...given("wire", viewKeyIf("wire", wire)),
  };
}
