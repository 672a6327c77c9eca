/**
 * The suites of Debian whose OVN and Open vSwitch we are tried with, the oldest first. Their versions are written nowhere here:
 * they are read from the packages.
 */
export const ovnSuites = ["bookworm", "trixie", "sid"] as const;

export type OvnSuite = (typeof ovnSuites)[number];

export const oldestOvn: OvnSuite = "bookworm";
export const newestOvn: OvnSuite = "sid";

/** The packages that have the programs of the centre and of a chassis. Their dependencies come with them. */
export const ovnPackages = ["ovn-central", "ovn-host", "openvswitch-switch"] as const;

export function isOvnSuite(name: string): name is OvnSuite {
  return (ovnSuites as readonly string[]).includes(name);
}
