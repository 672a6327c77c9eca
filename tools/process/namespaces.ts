/** The namespaces in which a program runs, as files: `/proc/PID/ns/net`, or `/run/netns/NAME`. */
export interface Namespaces {
  readonly net: string;
  readonly mount?: string;
}

/**
 * The command line that runs a program in namespaces. It uses `nsenter`, because `ip netns exec` mounts /sys again and so
 * hides the cgroups from container runtimes. `nsenter` replaces itself by the program, so the process id is the program's.
 */
export function inNamespaces(
  namespaces: Namespaces | undefined,
  command: string,
  args: readonly string[],
): readonly [string, readonly string[]] {
  if (namespaces === undefined) return [command, args];
  const { net, mount } = namespaces;
  const enter = [`--net=${net}`, ...(mount === undefined ? [] : [`--mount=${mount}`])];
  return ["nsenter", [...enter, "--", command, ...args]];
}
