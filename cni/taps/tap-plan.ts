// Decides which mirrors and tunnels the integration bridge is to have: a pure function of what the controller asks and of
// what Open vSwitch has.
import { createHash } from "node:crypto";
import type { NodeTap, NodeTapStatus } from "#src/api/node/node-taps.ts";
import type { OvsTapping } from "./ovs-tapping.ts";

/** A tunnel that is to be there. */
export interface PlannedTunnel {
  readonly tap: string;
  readonly name: string;
  readonly type: "geneve" | "gre";
  readonly options: Readonly<Record<string, string>>;
}

/** The end of a mirror: a Port that is there, or a tunnel of the plan by its name. */
export type MirrorEnd = { readonly port: string } | { readonly tunnel: string };

/** A mirror that is to be there. */
export interface PlannedMirror {
  readonly tap: string;
  readonly output: MirrorEnd;
  readonly from: readonly MirrorEnd[];
  readonly to: readonly MirrorEnd[];
}

export interface TapPlan {
  readonly mirrors: readonly PlannedMirror[];
  readonly tunnels: readonly PlannedTunnel[];
  /** The words about each tap for the OvnNode, in the order of the taps. */
  readonly seen: readonly NodeTapStatus[];
}

/** Open vSwitch has no more mirrors on a bridge (MAX_MIRRORS). */
export const mirrorLimit = 32;

/**
 * Plans the taps of a node, of which those that come first get the mirrors that there are. A port that gets copies is the source
 * of no mirror, so that no copy is copied again.
 */
export function planTaps(taps: readonly NodeTap[], ovs: OvsTapping): TapPlan {
  const sinks = new Set(taps.map(({ sink }) => sink.port));
  const mirrors: PlannedMirror[] = [];
  const tunnels: PlannedTunnel[] = [];
  const targets = new Set<string>();
  const seen = taps.map((tap): NodeTapStatus => {
    const { uid, sink } = tap;
    const wired = tap.sources.filter((name) => ovs.ports.has(name) && !sinks.has(name));
    const say = (state: NodeTapStatus["state"], reason: string, message: string): NodeTapStatus => {
      return { uid, state, reason, message, sources: state === "Active" ? wired : [] };
    };
    const output = sink.port === undefined ? undefined : ovs.ports.get(sink.port);
    if (sink.port !== undefined && output === undefined) {
      return say("Waiting", "SinkNotWired", "the interface of the sink is not on the bridge of its node");
    }
    if (wired.length === 0 && sink.acceptedKey === undefined) {
      return say("Waiting", "SourcesNotWired", "no source is on the bridge of this node");
    }
    if (ovs.foreign + mirrors.length >= mirrorLimit) {
      const message = `Open vSwitch makes at most ${mirrorLimit} mirrors on a node, and older taps and other programs have them all: delete a tap`;
      return say("Refused", "TooManyMirrors", message);
    }
    const target = sink.port === undefined && sink.gre !== undefined ? targetOf(sink.gre) : undefined;
    if (target !== undefined && targets.has(target)) {
      const message = `an older tap has a tunnel to ${target}, and Open vSwitch makes one only: give this tap another spec.sink.gre.key`;
      return say("Refused", "TargetTwice", message);
    }
    if (target !== undefined) targets.add(target);
    const own = tunnelsOf(tap);
    tunnels.push(...Object.values(own));
    const end: MirrorEnd | undefined = output === undefined ? own.out && { tunnel: own.out.name } : { port: output };
    if (end === undefined) return say("Refused", "NoSink", "the controller has named no sink for this node");
    const ends = wired.map((name): MirrorEnd => ({ port: ovs.ports.get(name) ?? "" }));
    mirrors.push({
      tap: uid,
      output: end,
      from: [...(tap.direction === "ingress" ? [] : ends), ...(own.in === undefined ? [] : [{ tunnel: own.in.name }])],
      to: tap.direction === "egress" ? [] : ends,
    });
    const faulty = ovs.tunnels.find((one) => one.tap === uid && (one.fault ?? "") !== "");
    if (faulty !== undefined) {
      return say("Refused", "TunnelFault", `Open vSwitch cannot use the tunnel ${faulty.name}: ${faulty.fault ?? ""}`);
    }
    return say("Active", "Mirrored", "");
  });
  return { mirrors, tunnels, seen };
}

/** One tunnel for the copies that leave the node, and one for those that come to it. */
function tunnelsOf({ uid, sink }: NodeTap): Readonly<Partial<Record<"in" | "out", PlannedTunnel>>> {
  const { port, acceptedKey, remote, gre } = sink;
  if (port !== undefined) {
    if (acceptedKey === undefined) return {};
    const options = { remote_ip: "flow", key: acceptedKey.toString() };
    return { in: { tap: uid, name: tunnelName(uid, "in"), type: "geneve", options } };
  }
  if (remote !== undefined) {
    const options = { remote_ip: remote.address, key: remote.key.toString() };
    return { out: { tap: uid, name: tunnelName(uid, "out"), type: "geneve", options } };
  }
  if (gre === undefined) return {};
  const options = { remote_ip: gre.address, ...(gre.key === undefined ? {} : { key: gre.key.toString() }) };
  return { out: { tap: uid, name: tunnelName(uid, "out"), type: "gre", options } };
}

/** Open vSwitch tells tunnels apart by address and key, and none is the key 0. */
function targetOf({ address, key = 0 }: NonNullable<NodeTap["sink"]["gre"]>): string {
  return `${address} with the key ${key.toString()}`;
}

/** It has 15 characters, as many as the name of a link may have. */
function tunnelName(uid: string, direction: "in" | "out"): string {
  const hash = createHash("sha256").update(uid).digest("hex");
  return `${direction === "in" ? "tapi" : "tapo"}${hash.slice(0, 11)}`;
}
