import assert from "node:assert/strict";
import { test } from "node:test";
import { reportUplink, uplinkColumns } from "#src/commands/inspect/objects/uplink-lines.ts";
import { printTable } from "#src/commands/output/text-table.ts";
import { projectNetwork } from "#src/controllers/networks/network-object.ts";
import { projectUplink } from "#src/controllers/uplinks/uplink-object.ts";

const metadata = (name: string) => ({ name, namespace: "shop", uid: name, resourceVersion: "1" });
const networks = ["blue", "red"].map((name) =>
  projectNetwork({ metadata: metadata(name), spec: { uplink: name === "red" ? "west" : undefined } }),
);
const line = (spec: object, status?: object, usage?: Parameters<typeof reportUplink>[2]): string => {
  const object = { metadata: metadata("west"), spec, ...(status === undefined ? {} : { status }) };
  return printTable([reportUplink(projectUplink(object), networks, usage)], uplinkColumns);
};

test("an uplink is shown with where it leads, who may carry it, and the networks that leave by it", () => {
  const lastTransitionTime = "2026-11-28T20:00:00Z";
  const condition = { type: "Ready", status: "True", reason: "Created", message: "", lastTransitionTime };
  const spec = { providerNetwork: "wan", addresses: ["192.0.2.9/24"], nextHops: ["192.0.2.1"] };
  assert.match(
    line(spec, { conditions: [condition], gatewayChassis: ["c2", "c1"] }),
    /west +True +provider\/wan +192\.0\.2\.9\/24 +192\.0\.2\.1 +- +c2,c1 +shop\/red\n/,
  );
});

test("an uplink that is wrong, or that nobody has looked at yet, is shown with what is known", () => {
  assert.match(line({ physicalNetwork: "lan", addresses: ["192.0.2.9/24"] }), /west +Unknown +physical\/lan +192/);
  assert.match(
    line({ physicalNetwork: "lan", addresses: ["x"] }),
    /west +Unknown +- +- +- +- +- +shop\/red +Malformed:/,
  );
});

test("the floating addresses that are held are counted where the Northbound database was read", () => {
  const usage = [
    { uplink: "west", family: 4, size: 80n, used: 3 },
    { uplink: "west", family: 6, size: 1n << 64n, used: 0 },
    { uplink: "east", family: 4, size: 9n, used: 9 },
  ] as const;
  assert.match(line({ physicalNetwork: "lan", addresses: ["192.0.2.9/24"] }, undefined, usage), / 3\/80,0\/\S+ /);
});
