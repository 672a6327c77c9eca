import assert from "node:assert/strict";
import { test } from "node:test";
import { localnetPort } from "#src/ovn/links/localnet-port.ts";

const port = { id: "u/localnet", name: "p", switchId: "u/switch", physicalNetwork: "lan" };

test("a localnet port takes what is on the wire, and leaves tags alone unless it is told of a VLAN", () => {
  const { columns, parent } = localnetPort(port);
  assert.deepEqual(columns, {
    name: "p",
    type: "localnet",
    addresses: ["unknown"],
    options: { network_name: "lan" },
  });
  assert.deepEqual(parent, { id: "u/switch", column: "ports" });
  const tagged = localnetPort({ ...port, vlan: { tag: 100, ethtype: "802.1ad" } });
  assert.deepEqual(
    [tagged.columns["tag"], tagged.columns["options"]],
    [100, { network_name: "lan", ethtype: "802.1ad" }],
  );
});
