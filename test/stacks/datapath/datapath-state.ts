// The state of a chassis that decides whether it forwards, for the error of a test whose packets do not come.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { ovsEnvironment } from "#lab/machine/open-vswitch.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";

const toldLines = 30;

/** Prints settings, devices, ports, cached flows, the number of flows in each table of br-int, and the last lines of the logs. */
export async function datapathState({ plan, machine, chassis }: ChassisHost): Promise<string> {
  const openFlow = (...command: readonly string[]) =>
    machine.must(ovnBinary("ovs-ofctl"), ["-vconsole:off", ...command], { env: ovsEnvironment });
  const parts: Readonly<Record<string, () => Promise<string>>> = {
    Open_vSwitch: () => chassis.vsctl("--columns=other_config,external_ids", "list", "Open_vSwitch", "."),
    interfaces: () =>
      chassis.vsctl("--columns=name,ofport,error,link_state,external_ids,options,bfd,bfd_status", "list", "Interface"),
    devices: () => machine.must("ip", ["-br", "link"]),
    ports: () => chassis.appctl("dpif/show"),
    "cached flows": () => chassis.appctl("dpctl/dump-flows"),
    "flows of br-int": async () => countByTable(await openFlow("dump-flows", "br-int")),
    "flows of table 0 and 65": async () =>
      `${await openFlow("dump-flows", "br-int", "table=0")}${await openFlow("dump-flows", "br-int", "table=65")}`,
    bridges: async () => {
      const names = (await chassis.vsctl("list-br")).trim().split("\n");
      const flows = names
        .filter((name) => name !== "br-int")
        .map(async (name) => [name, await openFlow("dump-flows", name)]);
      return (await Promise.all(flows)).flat().join("\n");
    },
    "ovn-controller": () => lastLines(join(machine.folder, "ovn-controller.log")),
    "ovs-vswitchd": () => lastLines(join(machine.folder, "ovs-vswitchd.log")),
  };
  const told = [`== ${plan.name}`];
  for (const [title, read] of Object.entries(parts)) {
    const text = await read().catch((error: unknown) => String(error));
    told.push(`-- ${title}`, text.trimEnd());
  }
  return told.join("\n");
}

function countByTable(flows: string): string {
  const tables = [...flows.matchAll(/table=(\d+)/g)].map(([, table = ""]) => table);
  const counts = Object.entries(Object.groupBy(tables, (table) => table));
  return counts.map(([table, rows = []]) => `${table}: ${rows.length}`).join(", ");
}

async function lastLines(path: string): Promise<string> {
  return (await readFile(path, "utf8")).trimEnd().split("\n").slice(-toldLines).join("\n");
}
