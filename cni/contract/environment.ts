import { AppError } from "#src/core/errors.ts";
import { type CniCommand, cniCommands, isCniCommand } from "./commands.ts";
import { quotedValue } from "./quoted-value.ts";

interface Variable {
  /** The commands that need it. */
  readonly requiredBy: readonly CniCommand[];
  /** The rule for a value in words; `isValid` checks it. */
  readonly rule: string;
  readonly isValid: (value: string) => boolean;
}

/** The rule for interface names of Linux' `dev_valid_name`. */
function isInterfaceName(value: string): boolean {
  return Buffer.byteLength(value) <= 15 && !/[/:\s]/.test(value) && value !== "." && value !== "..";
}

/**
 * The variables of the specification, by command. CNI_PATH is left out: it names folders of other plugins, and none
 * is called from here.
 */
export const cniVariables = {
  CNI_CONTAINERID: {
    requiredBy: ["ADD", "DEL", "CHECK"],
    rule: "must begin with a letter or digit and have only letters, digits, `_`, `.` and `-`",
    isValid: (value) => /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(value),
  },
  CNI_NETNS: {
    requiredBy: ["ADD", "CHECK"],
    rule: "must be an absolute path",
    isValid: (value) => value.startsWith("/"),
  },
  CNI_IFNAME: {
    requiredBy: ["ADD", "DEL", "CHECK"],
    rule: "must have 1 to 15 bytes without `/`, `:` and space, and not be `.` or `..`",
    isValid: isInterfaceName,
  },
  CNI_ARGS: { requiredBy: [], rule: "", isValid: () => true },
} as const satisfies Record<string, Variable>;

type VariableName = keyof typeof cniVariables;

/** The attachment that a call is about: one container and one CNI_IFNAME. */
export interface AttachmentCall<C extends CniCommand> {
  readonly command: C;
  readonly containerId: string;
  readonly interfaceName: string;
  /** The raw CNI_ARGS; `parseCniArgs` reads them. */
  readonly args: string;
}

export type CniCall =
  | (AttachmentCall<"ADD" | "CHECK"> & { readonly netns: string })
  /** For DEL the network namespace may be gone, or may never have existed. */
  | (AttachmentCall<"DEL"> & { readonly netns: string | undefined })
  | { readonly command: "GC" | "STATUS" | "VERSION" };

/**
 * Reads the call out of the environment (CNI specification, section 2, "Parameters"). An empty value counts as missing.
 * Throws `CniEnvironmentInvalid`, naming every variable that is missing or the first that is wrong.
 */
export function parseEnvironment(environment: ReadonlyMap<string, string>): CniCall {
  const command = environment.get("CNI_COMMAND") ?? "";
  if (!isCniCommand(command)) {
    const known = Object.keys(cniCommands).join(", ");
    throw new AppError("CniEnvironmentInvalid", `CNI_COMMAND ${quotedValue(command)} is not one of ${known}`);
  }
  const value = (name: VariableName): string => environment.get(name) ?? "";
  const entries = Object.entries(cniVariables) as [VariableName, Variable][];
  const missing = entries.filter(([name, { requiredBy }]) => requiredBy.includes(command) && value(name) === "");
  if (missing.length > 0) {
    const names = missing.map(([name]) => name).join(", ");
    throw new AppError("CniEnvironmentInvalid", `${command} needs the environment variables [${names}]`);
  }
  if (command === "GC" || command === "STATUS" || command === "VERSION") return { command };
  for (const [name, { rule, isValid }] of entries) {
    if (value(name) !== "" && !isValid(value(name))) {
      throw new AppError("CniEnvironmentInvalid", `${name} ${quotedValue(value(name))} ${rule}`);
    }
  }
  const [containerId, interfaceName] = [value("CNI_CONTAINERID"), value("CNI_IFNAME")];
  const call = { containerId, interfaceName, args: value("CNI_ARGS") };
  if (command !== "DEL") return { command, ...call, netns: value("CNI_NETNS") };
  return { command, ...call, netns: value("CNI_NETNS") === "" ? undefined : value("CNI_NETNS") };
}
