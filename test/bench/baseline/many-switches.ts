// Makes many switches with many ports each, every switch with a /16 of its own. It imports nothing of ours.
import { makeSwitch } from "./bare-loop.ts";
import { insertPorts } from "./bare-ports.ts";
import { RawOvsdb } from "./raw-ovsdb.ts";

/** Makes switches `net0`, `net1` ... in 10.0.0.0/16, 10.1.0.0/16 ... */
export async function makeSwitches(path: string, count: number, portsEach: number): Promise<void> {
  const raw = new RawOvsdb(path);
  for (let n = 0; n < count; n += 1) {
    const uuid = await makeSwitch(path, `net${n}`, 0, `10.${n}.0.0/16`);
    const first = 0x0a000002 + n * 0x10000;
    for (let done = 0; done < portsEach; done += 1_000) {
      await raw.transact(insertPorts(uuid, "FILL", first + done, Math.min(1_000, portsEach - done)));
    }
  }
  raw.close();
}
