import assert from "node:assert/strict";
import { test } from "node:test";
import { SouthboundChassis } from "#src/controllers/chassis/southbound-chassis.ts";
import { systemClock as clock } from "#src/core/clock.ts";
import { silentLogger as logger } from "#src/core/logger.ts";
import { OvnCentral } from "#lab/ovn/ovn-central.ts";
import { northboundPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const skip = whyProgramsAreMissing([...northboundPrograms, "ovn-northd"]);

test("a chassis is read with its host name and the addresses of its tunnels", { skip }, async () => {
  await using owned = new AsyncDisposableStack();
  const central = owned.use(await OvnCentral.start({ folder: owned.use(createTemporaryFolder("southbound")).path }));
  await central.sbctl("chassis-add", "c1", "geneve", "192.0.2.1", "--", "set", "Chassis", "c1", "hostname=n1");
  await central.sbctl("chassis-add", "c2", "geneve", "192.0.2.2");
  const southbound = new SouthboundChassis({ endpoints: [central.sb] }, { clock, logger });
  const running = new AbortController();
  owned.defer(async () => {
    running.abort();
    await southbound.close();
  });
  const find = (name: string) => southbound.find(name, running.signal, {});
  assert.deepEqual(await find("c1"), { hostname: "n1", encapIps: ["192.0.2.1"] });
  assert.deepEqual(await find("c2"), { hostname: "", encapIps: ["192.0.2.2"] });
  assert.equal(await find("c3"), undefined);
});
