import { isNetlinkWord } from "./netlink-command.ts";
import { interfaceKeys } from "./ovs-tables.ts";

/** The call and the pod that an interface was made for. They are known even when its port is lost: from the alias of the pair's host end. */
export interface HostEnd {
  /** Allocation id. */
  readonly allocation: string;
  readonly sandbox: string;
  readonly interfaceName: string;
  /** CNI_IFNAME of the call that made it. */
  readonly attachment: string;
  readonly cniNetwork: string;
}

/** None of the words can contain a slash. */
const separator = "/";
const owner = "ovn4nfv";
/** The kernel takes less than IFALIASZ (256) bytes, and netlink sends the text with a NUL at its end. */
const maxLength = 254;

/** The alias for the host's end of a pair; undefined when the words do not fit into one, because names can have any length. */
export function printHostEnd(end: HostEnd): string | undefined {
  const { allocation, sandbox, interfaceName, attachment, cniNetwork } = end;
  const text = [owner, allocation, sandbox, interfaceName, attachment, cniNetwork].join(separator);
  return text.length <= maxLength && isNetlinkWord(text) ? text : undefined;
}

/** Reads an alias; undefined when it is not ours. */
export function parseHostEnd(alias: string | undefined): HostEnd | undefined {
  const [by, allocation, sandbox, interfaceName, attachment, cniNetwork, ...more] = alias?.split(separator) ?? [];
  if (by !== owner || more.length > 0) return undefined;
  if (!allocation || !sandbox || !interfaceName || !attachment || !cniNetwork) return undefined;
  return { allocation, sandbox, interfaceName, attachment, cniNetwork };
}

/** The same facts from the `external_ids` of a port of ours. */
export function hostEndOfPort(ids: ReadonlyMap<string, string>): HostEnd {
  const value = (key: keyof typeof interfaceKeys): string => ids.get(interfaceKeys[key]) ?? "";
  return {
    allocation: value("allocation"),
    sandbox: value("sandbox"),
    interfaceName: value("interface"),
    attachment: value("attachment"),
    cniNetwork: value("cniNetwork"),
  };
}
