import assert from "node:assert/strict";
import { test } from "node:test";
import {
  delegateAnswer,
  printStatuses,
  readStatuses,
  statusKey,
  statusOf,
  updatedStatuses,
} from "#lab/dynamic-networks/network-status.ts";

const selection = { namespace: "home", name: "blue", interface: "data" };
const result = {
  interfaces: [
    { name: "ovn0123456789ab", mtu: 1400 },
    { name: "data", mac: "0a:58:0a:00:00:05", mtu: 1400, sandbox: "/run/netns/x" },
  ],
  ips: [{ address: "10.0.0.5/24" }, { address: "fd00::5/64" }],
};
const primary = { name: "lab", interface: "eth0", default: true, dns: {} };

test("an attachment has one entry: its last interface in the pod, all addresses without their prefix, no host's end", () => {
  assert.deepEqual(statusOf(result, "home/blue"), {
    name: "home/blue",
    interface: "data",
    mac: "0a:58:0a:00:00:05",
    mtu: 1400,
    ips: ["10.0.0.5", "fd00::5"],
    dns: {},
  });
});

test("gateways of default routes and what DNS says are in the entry, and empty lists are not", () => {
  const routes = [{ dst: "0.0.0.0/0", gw: "10.0.0.1" }, { dst: "192.168.0.0/16", gw: "10.0.0.2" }, { dst: "::/0" }];
  const dns = { nameservers: ["10.0.0.53"], search: [], options: null };
  const { gateway, dns: told, ips } = statusOf({ routes, dns }, "home/blue");
  assert.deepEqual(gateway, ["10.0.0.1", "<nil>"]);
  assert.deepEqual(told, { nameservers: ["10.0.0.53"] });
  assert.equal(ips, undefined);
});

test("an outcome with a result adds an entry, one without takes it out, and the entry of the cluster's network stays", () => {
  const plugged = updatedStatuses([primary], [{ selection, result }]);
  assert.deepEqual(new Set(plugged.map(({ interface: name }) => name)), new Set(["eth0", "data"]));
  assert.deepEqual(updatedStatuses(plugged, [{ selection }]), [primary]);
  assert.deepEqual(updatedStatuses(plugged, [{ selection: { ...selection, interface: "other" } }]).length, 2);
});

test("the statuses keep what Multus wrote, and are printed as Multus prints them", () => {
  const text =
    '[{\n    "name": "lab",\n    "interface": "eth0",\n    "default": true,\n    "device-info": {"type": "pci"}\n}]';
  const statuses = readStatuses({ [statusKey]: text });
  assert.equal(printStatuses(statuses), `[${JSON.stringify(JSON.parse(text.slice(1, -1)), undefined, 4)}]`);
  assert.match(printStatuses([primary, primary]), /^\[\{\n {4}"name": "lab",[^]*\n\},\{\n/);
  assert.deepEqual(readStatuses({}), []);
});

test("the answer of the thick plugin is read as it comes, with nothing for an empty result", () => {
  assert.deepEqual(delegateAnswer.parse({ Result: { ...result, cniVersion: "1.1.0" } }).Result, result);
  assert.equal(delegateAnswer.parse({ Result: null }).Result, null);
});
