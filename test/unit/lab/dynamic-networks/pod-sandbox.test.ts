import assert from "node:assert/strict";
import { test } from "node:test";
import { netnsOf } from "#lab/dynamic-networks/pod-sandbox.ts";

const info = (namespaces: readonly object[]) => JSON.stringify({ ID: "c1", Spec: { linux: { namespaces } } });

test("the network namespace of a sandbox is the one that containerd has made for it, and a sandbox of the host's has none", () => {
  const network = { type: "network", path: "/var/run/netns/cni-1" };
  assert.equal(netnsOf(info([{ type: "pid" }, network]), "c1"), "/var/run/netns/cni-1");
  assert.throws(() => netnsOf(info([{ type: "pid" }]), "c1"), /network namespace for PodSandboxId c1/);
});
