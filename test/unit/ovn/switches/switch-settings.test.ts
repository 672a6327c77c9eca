import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCidr, printCidr } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import { externalId, type ExternalIdName } from "#src/ovn/external-ids.ts";
import type { NetworkSubnet } from "#src/ovn/network.ts";
import { SettingProblem } from "#src/ovn/switches/setting-problem.ts";
import { readSettings } from "#src/ovn/switches/switch-settings.ts";

type Ids = Partial<Record<ExternalIdName, string>>;

function settingsOf(ours: Ids, subnets = ["10.1.0.0/24"]) {
  const ids = Object.entries(ours).map(([name, value]) => [externalId(name as ExternalIdName), value] as const);
  const read = subnets.flatMap((text): NetworkSubnet[] => {
    const cidr = parseCidr(text)?.cidr;
    return cidr === undefined ? [] : [{ cidr, gateway: undefined, excluded: [] }];
  });
  return readSettings({ external_ids: new Map(ids) }, read);
}

test("networks-ready is a word of two", () => {
  assert.deepEqual(
    ["true", "false"].map((word) => settingsOf({ "networks-ready": word }).networksReady),
    [true, false],
  );
  assert.equal(settingsOf({}).networksReady, false);
});

test("MTU, DNS, routes and MAC prefix are read", () => {
  const settings = settingsOf({
    mtu: "1400",
    dns: '{"nameservers":["10.1.0.53"]}',
    routes: '[{"dst":"192.0.2.0/24","gw":"10.1.0.9"},{"dst":"198.51.100.7/24"}]',
    "mac-prefix": "02:AA",
  });
  assert.equal(settings.mtu, 1400);
  assert.deepEqual(settings.dns, { nameservers: ["10.1.0.53"] });
  assert.deepEqual(
    settings.routes.map(({ dst, gateway }) => [printCidr(dst), gateway && printIp(gateway)]),
    [
      ["192.0.2.0/24", "10.1.0.9"],
      ["198.51.100.0/24", undefined],
    ],
  );
  assert.equal(settings.macPrefix, "02:aa");
});

const routed = (...routes: readonly object[]): Ids => ({ routes: JSON.stringify(routes) });

const wrong: readonly [Ids, RegExp][] = [
  [{ mtu: "12" }, /mtu="12"/],
  [{ dns: "{" }, /dns="\{"/],
  [{ routes: '[{"dst":"x"}]' }, /routes="x"/],
  [routed({ dst: "default" }), /routes="default", which is not a CIDR/],
  [routed({ dst: "0.0.0.0/0", gw: "10.1.0.9" }), /routes="0\.0\.0\.0\/0", which is not a CIDR/],
  [routed({ dst: "10.1.0.9/24" }), /route to 10\.1\.0\.0\/24, which is its only subnet/],
  [routed({ dst: "192.0.2.0/24" }, { dst: "192.0.2.1/24" }), /route to 192\.0\.2\.0\/24, which .* has a route already/],
  [routed({ dst: "192.0.2.0/24", gw: "10.2.0.9" }), /whose gateway 10\.2\.0\.9 is in none of its subnets/],
  [routed({ dst: "192.0.2.0/24", gw: "fd00::1" }), /whose gateway fd00::1 is of another family/],
  [routed({ dst: "2001:db8::/32" }), /of whose family it has no subnet/],
  [{ "mac-prefix": "01:00" }, /mac-prefix="01:00"/],
  [{ "networks-ready": "yes" }, /networks-ready="yes", which is not true or false/],
];

test("a route to one of several subnets of a family is for the interfaces in the others", () => {
  const ours = routed({ dst: "10.2.0.0/24", gw: "10.1.0.1" });
  const { routes } = settingsOf(ours, ["10.1.0.0/24", "10.2.0.0/24"]);
  assert.deepEqual(
    routes.map(({ dst }) => printCidr(dst)),
    ["10.2.0.0/24"],
  );
  assert.throws(() => settingsOf(ours, ["10.2.0.0/24", "fd00::/64"]), /which is its only subnet of that family/);
});

test("an MTU below 1280 is wrong only beside an IPv6 subnet", () => {
  assert.equal(settingsOf({ mtu: "1279" }).mtu, 1279);
  assert.throws(
    () => settingsOf({ mtu: "1279" }, ["10.1.0.0/24", "fd00::/64"]),
    /mtu="1279", which is not .* from 1280/,
  );
  assert.equal(settingsOf({ mtu: "1280" }, ["10.1.0.0/24", "fd00::/64"]).mtu, 1280);
});

test("a wrong setting is reported with key and value", () => {
  for (const [ours, message] of wrong) {
    assert.throws(
      () => settingsOf(ours),
      (error) => error instanceof SettingProblem && message.test(error.message),
    );
  }
});
