// The allocator leaves alone the addresses that OVN itself holds on a switch. ovn-nbctl writes them, and a real northd
// chooses some.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { AppError } from "#src/core/errors.ts";
import { printIp } from "#src/net/ip.ts";
import { OvnCentral } from "#lab/ovn/ovn-central.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { podAsking, startAllocator, within } from "#test/stacks/ipam/started-allocator.ts";

/** A /28 has 14 hosts. Few of them are free when everything below has its address. */
const subnet = "10.1.0.0/28";
const free = 7;

it("dynamic, router, NAT and load-balancer addresses are never given to a pod", async () => {
  using folder = createTemporaryFolder("northd-addresses");
  await using central = await OvnCentral.start({ folder: folder.path });
  const create = `ls-add blue -- set logical_switch blue other_config:subnet=${subnet} other_config:exclude_ips=10.1.0.14`;
  await central.nbctl(...create.split(" "));
  const router =
    "lr-add r -- lrp-add r r-blue 0a:00:00:00:00:01 10.1.0.1/28 -- lsp-add blue blue-r -- lsp-set-type blue-r router -- lsp-set-addresses blue-r router -- lsp-set-options blue-r router-port=r-blue";
  await central.nbctl(...router.split(" "));
  await central.nbctl("lr-nat-add", "r", "snat", "10.1.0.5", "192.168.0.0/24");
  await central.nbctl("lsp-add", "blue", "inner");
  await central.nbctl("lr-nat-add", "r", "dnat_and_snat", "10.1.0.6", "192.168.0.9", "inner", "0a:58:0a:01:00:07");
  await central.nbctl("lb-add", "web", "10.1.0.8:80", "192.168.0.1:80,192.168.0.2:80");
  for (const name of ["vm1", "vm2"]) {
    await central.nbctl("lsp-add", "blue", name, "--", "lsp-set-addresses", name, "dynamic");
  }
  await central.settle();
  const dynamic = await Promise.all(
    ["vm1", "vm2"].map(async (name) => {
      const text = await central.nbctl("get", "logical_switch_port", name, "dynamic_addresses");
      const [mac = "", ip = ""] = text.trim().replaceAll('"', "").split(" ");
      return { mac, ip };
    }),
  );
  const reserved = ["10.1.0.1", "10.1.0.5", "10.1.0.6", "10.1.0.8", "10.1.0.14", ...dynamic.map(({ ip }) => ip)];
  assert.equal(new Set(reserved).size, reserved.length, "northd chose what is taken");

  await using started = await startAllocator(central.nb);
  const { allocator } = started;
  for (const ip of reserved) {
    await assert.rejects(
      allocator.allocate(podAsking("blue", ip), within(10)),
      (error: AppError) => error.code === "AddressReserved" || error.code === "AddressInUse",
      ip,
    );
  }
  const given: string[] = [];
  const macs: string[] = [];
  for (let n = 0; n < free; n += 1) {
    const { ports } = await allocator.allocate(podAsking("blue"), within(10));
    for (const port of ports) {
      macs.push(port.mac);
      given.push(...port.addresses.map(({ ip }) => printIp(ip)));
    }
  }
  assert.deepEqual(
    given.filter((ip) => reserved.includes(ip)),
    [],
  );
  assert.equal(new Set(given).size, free);
  const foreign = ["0a:00:00:00:00:01", "0a:58:0a:01:00:07", ...dynamic.map(({ mac }) => mac)];
  assert.deepEqual(
    macs.filter((mac) => foreign.includes(mac)),
    [],
  );
  await assert.rejects(
    allocator.allocate(podAsking("blue"), within(10)),
    (error: AppError) => error.code === "PoolExhausted",
  );
});
