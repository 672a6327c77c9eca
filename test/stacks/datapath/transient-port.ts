/**
 * Arguments of ovs-vsctl that add a port which is gone after a reboot, as the agent's ports are. One that stays is opened by
 * ovs-vswitchd as soon as its device is made anew, and the device may then be down for good: ovs-vswitchd sets the flags that it
 * has read, and overwrites those that `ip link set up` has set meanwhile.
 */
export function addTransientPort(bridge: string, device: string): readonly string[] {
  return ["--may-exist", "add-port", bridge, device, "--", "set", "Port", device, "other_config:transient=true"];
}
