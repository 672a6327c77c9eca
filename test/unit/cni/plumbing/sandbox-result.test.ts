import assert from "node:assert/strict";
import { test } from "node:test";
import { podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { mergedDns, sandboxResult } from "#cni/plumbing/sandbox-result.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";

const interfaces = podInterfaces("abc", sampleResults, 1400);
const result = sandboxResult(interfaces, "/run/netns/a");

test("every address points at the pod's end of its own interface", () => {
  const names = result.ips.map((ip) => [ip.address, result.interfaces[ip.interface ?? -1]?.name]);
  assert.deepEqual(names, [
    ["10.1.0.7/24", "net1"],
    ["10.2.0.7/24", "net2"],
    ["fd00:2::7/64", "net2"],
    ["10.3.0.7/24", "net3"],
    ["10.3.0.8/24", "net3"],
  ]);
});

test("the DNS settings of all networks are in the result together, and nothing where there are none", () => {
  const dns = { nameservers: ["10.1.0.53"], search: ["example.org"] };
  const named = sampleResults.map((one, index) => (index === 2 ? one : { ...one, dns }));
  assert.deepEqual(sandboxResult(podInterfaces("abc", named, 1400), "/run/netns/a").dns, dns);
  assert.ok(!("dns" in result));
});

test("only the pod's ends are in the sandbox, with MAC and MTU", () => {
  const inside = result.interfaces.filter(({ sandbox }) => sandbox === "/run/netns/a");
  assert.deepEqual(
    inside.map(({ name, mac, mtu }) => [name, mac, mtu]),
    interfaces.map(({ name, mac, mtu }) => [name, mac, mtu]),
  );
  assert.deepEqual(
    result.interfaces.filter(({ sandbox }) => sandbox === undefined).map(({ name }) => name),
    interfaces.map(({ hostName }) => hostName),
  );
});

test("a gateway is in the result with the addresses of its family, and is not made up where there is none", () => {
  assert.deepEqual(
    result.ips.map(({ gateway }) => gateway),
    ["10.1.0.1", "10.2.0.1", "fd00:2::1", undefined, undefined],
  );
});

test("a gateway is in the result only with the addresses in whose subnet it lies", () => {
  const [plain] = sampleResults;
  assert.ok(plain);
  const two = podInterfaces("abc", [{ ...plain, ip_address: ["10.9.0.7/24", "10.1.0.7/24"] }], 1400);
  assert.deepEqual(
    sandboxResult(two, "/run/netns/a").ips.map(({ gateway }) => gateway),
    [undefined, "10.1.0.1"],
  );
});

test("a default route is in the family of its gateway (the predecessor wrote 0.0.0.0/0 for IPv6)", () => {
  assert.deepEqual(result.routes, [
    { dst: "0.0.0.0/0", gw: "10.2.0.1" },
    { dst: "::/0", gw: "fd00:2::1" },
    { dst: "172.30.0.0/16", gw: "10.3.0.254" },
    { dst: "172.31.0.0/16" },
  ]);
});

test("each value stands once, in the order of the interfaces, and the first domain counts", () => {
  const one = { nameservers: ["10.1.0.53", "10.1.0.54"], search: ["a.example"], options: ["ndots:5"] };
  const two = { nameservers: ["10.2.0.53", "10.1.0.53"], domain: "b.example", search: ["b.example", "a.example"] };
  assert.deepEqual(mergedDns([one, undefined, two, { domain: "c.example" }]), {
    domain: "b.example",
    nameservers: ["10.1.0.53", "10.1.0.54", "10.2.0.53"],
    search: ["a.example", "b.example"],
    options: ["ndots:5"],
  });
});

test("networks without DNS settings have none together", () => {
  assert.equal(mergedDns([undefined, { search: [] }]), undefined);
});
