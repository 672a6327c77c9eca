import { type ChassisHost, wireDevice } from "#lab/machine/chassis-host.ts";
import { addTransientPort } from "./transient-port.ts";

/** Puts the interface to the wire on a bridge for the physical network. `others` are mappings that the chassis has besides. */
export async function carryWire(
  { machine, chassis }: ChassisHost,
  physicalNetwork: string,
  others: readonly string[] = [],
): Promise<void> {
  await machine.ip(`link set ${wireDevice} up`);
  const mappings = [...others, `${physicalNetwork}:br-wire`].join(",");
  await chassis.vsctl(
    ...["--may-exist", "add-br", "br-wire", "--", "set", "Bridge", "br-wire", "datapath_type=netdev"],
    ...["--", ...addTransientPort("br-wire", wireDevice)],
    ...["--", "set", "Open_vSwitch", ".", `external_ids:ovn-bridge-mappings="${mappings}"`],
  );
}
