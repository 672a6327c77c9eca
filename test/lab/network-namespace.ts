/**
 * The command line that runs a program in the named network namespace. `nsenter`, not `ip netns exec`: the latter
 * remounts /sys and so hides the cgroups from container runtimes.
 */
export function inNetworkNamespace(
  netns: string | undefined,
  command: string,
  args: readonly string[],
): readonly [string, readonly string[]] {
  return netns === undefined ? [command, args] : ["nsenter", [`--net=/run/netns/${netns}`, "--", command, ...args]];
}
