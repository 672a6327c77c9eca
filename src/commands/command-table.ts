import type { CommandTable } from "./command.ts";

/** Every subcommand there is, in the order of `--help`. */
export const commandTable: CommandTable = {
  version: {
    summary: "Print the versions of this program and of Node.",
    operands: "",
    examples: ["ovn4nfv version -o json"],
    load: async () => (await import("./version.ts")).version,
  },
};
