/** The subcommands that read the Northbound database. */
export const usingNb = [
  "webhook",
  "controller",
  "admit",
  "networks",
  "addresses",
  "pods",
  "claims",
  "trace",
  "check",
  "doctor",
  "uninstall",
  "support-bundle",
  "uplinks",
  "view",
  "backup",
  "restore",
] as const;
/** Every subcommand there is. */
export const commandNames = [
  ...usingNb,
  "chains",
  "taps",
  "services",
  "policies",
  "nodes",
  "cainjector",
  "ovn-certificates",
  "chassis-certificate",
  "ovn-members",
  "agent",
  "install-shim",
  "keys",
  "explain",
  "completion",
  "version",
] as const;
/** The controller is among them because it allocates for pods that no webhook saw. */
export const allocating = ["webhook", "admit", "controller"] as const;
/** The subcommands that list things. */
export const listing = [
  "networks",
  "addresses",
  "pods",
  "claims",
  "chains",
  "taps",
  "services",
  "policies",
  "nodes",
  "uplinks",
] as const;
/** The other subcommands that print tables or objects. */
export const printing = ["admit", "trace", "check", "keys", "doctor", "backup", "restore"] as const;

/** The subcommands that take flags of the table. */
export type CommandName = (typeof commandNames)[number];
