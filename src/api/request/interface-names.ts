import { refusal } from "#src/core/errors.ts";
import { keyOf } from "../text/field-place.ts";

const maxLength = 15;
const allowed = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Names that are valid and that a pod still cannot have, each with the reason. */
const reserved: ReadonlyMap<string, string> = new Map([
  ["lo", "is the loopback interface"],
  ["eth0", "is the pod's first interface, which another CNI makes"],
  ["all", "is a name that the kernel keeps for its settings"],
  ["default", "is a name that the kernel keeps for its settings"],
]);

/**
 * Reads the name of an interface in the pod; throws `InterfaceInvalid`. It takes fewer names than Linux, which
 * takes any byte but `/`, `:` and white space: a name must not mean more than itself to a shell, in a path below
 * /proc/sys, or to OVS.
 */
export function parseInterfaceName(name: string, field: string): string {
  const problem = problemOf(name);
  if (problem === undefined) return name;
  throw refusal("InterfaceInvalid", { field, value: name, ...problem });
}

/** True when `parseInterfaceName` takes the name. */
export function isInterfaceName(name: string): boolean {
  return problemOf(name) === undefined;
}

function problemOf(name: string): { readonly reason: string; readonly remedy: string } | undefined {
  const remedy = "write a name such as net1, or leave the field out and get the next free one";
  if (name === "*") {
    return { reason: "stood in Nodus for the first interface of the pod, which another CNI makes here", remedy };
  }
  const taken = reserved.get(name);
  if (taken !== undefined) return { reason: taken, remedy };
  if (name.length > maxLength) return { reason: `has ${name.length} characters, and Linux takes ${maxLength}`, remedy };
  if (!allowed.test(name)) {
    return { reason: "is not a name of letters, digits, `_`, `-` and `.` (the last two not in front)", remedy };
  }
  return undefined;
}

export interface NamedInterface {
  readonly field: string;
  /** Undefined when the interface is to be named here. */
  readonly interfaceName: string | undefined;
}

/** Throws `InterfaceInvalid` when two interfaces ask for one name, or one asks for a name in `taken`. */
export function refuseTakenNames(interfaces: readonly NamedInterface[], taken: ReadonlySet<string> = new Set()): void {
  const holders = new Map<string, string>();
  for (const { field, interfaceName: name } of interfaces) {
    if (name === undefined) continue;
    const holder = holders.get(name) ?? (taken.has(name) ? "another network selection of the pod" : undefined);
    if (holder !== undefined) {
      throw refusal("InterfaceInvalid", {
        field: keyOf(field, "interface"),
        value: name,
        reason: `is the name of ${holder} as well`,
        remedy: "give each interface of the pod a name of its own, or leave one out",
      });
    }
    holders.set(name, field);
  }
}

/**
 * Gives each interface its name, in order. An interface without a name gets the next of net1, net2, ... that no other
 * interface has and that is not in `taken`, the names that Multus gives to other selections (multus-selection.ts).
 * Throws as `refuseTakenNames` does.
 */
export function assignInterfaceNames(
  interfaces: readonly NamedInterface[],
  taken: ReadonlySet<string> = new Set(),
): readonly string[] {
  refuseTakenNames(interfaces, taken);
  const used = new Set(taken);
  for (const { interfaceName } of interfaces) if (interfaceName !== undefined) used.add(interfaceName);
  let last = 0;
  return interfaces.map(({ interfaceName }) => {
    if (interfaceName !== undefined) return interfaceName;
    do last += 1;
    while (used.has(`net${last}`));
    return `net${last}`;
  });
}
