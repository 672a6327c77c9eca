import assert from "node:assert/strict";
import { test } from "node:test";
import { tunnelStates } from "#cni/agent/node/tunnel-states.ts";

const tunnel = (id: string | undefined, ...interfaces: readonly string[]) => ({
  name: "ovn-x",
  interfaces,
  tag: undefined,
  protected: false,
  external_ids: new Map(id === undefined ? [] : [["ovn-chassis-id", id]]),
});
const end = (state?: string, enable = "true") => ({
  name: "ovn-x",
  type: "geneve",
  error: undefined,
  link_state: "up",
  options: new Map<string, string>(),
  ifindex: undefined,
  ofport: undefined,
  external_ids: new Map<string, string>(),
  bfd: new Map(enable === "" ? [] : [["enable", enable]]),
  bfd_status: new Map(state === undefined ? [] : [["state", state]]),
});

test("a tunnel is up only when BFD says so, and has no state without BFD", () => {
  const ends = new Map([
    ["up", end("up")],
    ["init", end("init")],
    ["new", end()],
    ["off", end("up", "")],
  ]);
  const of = (...interfaces: readonly string[]) =>
    tunnelStates(["n2"], [tunnel("n2@198.51.100.12", ...interfaces)], ends);
  assert.deepEqual([of("up"), of("init"), of("new"), of("off")], [{ n2: "up" }, { n2: "down" }, { n2: "down" }, {}]);
});

test("of several tunnels to a chassis the best one counts, and other ports and chassis do not", () => {
  const ends = new Map([
    ["a", end("down")],
    ["b", end("up")],
  ]);
  const ports = [
    tunnel("n2@198.51.100.12%198.51.100.11", "b"),
    tunnel("n2@198.51.100.22%198.51.100.11", "a"),
    tunnel("n3@198.51.100.13", "b"),
    tunnel(undefined, "b"),
  ];
  assert.deepEqual(tunnelStates(["n2", "n4"], ports, ends), { n2: "up" });
  assert.deepEqual(tunnelStates(["n2"], [...ports].reverse(), ends), { n2: "up" });
});
