/** Namespaces that a program shall run in, as files: `/proc/PID/ns/net`, or `/run/netns/NAME`. */
export interface Namespaces {
  readonly net: string;
  readonly mount?: string;
}

/**
 * The command line that runs a program in namespaces. `nsenter`, not `ip netns exec`: the latter remounts /sys and so
 * hides the cgroups from container runtimes. It replaces itself, so the process id is the program's.
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
