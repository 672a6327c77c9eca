import packageJson from "../../package.json" with { type: "json" };
import type { CommandRun } from "./command.ts";
import { writeRows } from "./output/print-rows.ts";

export const version: CommandRun<"version"> = (context) => {
  const rows = [{ ovn4nfv: packageJson.version, node: context.nodeVersion }];
  writeRows(context, rows, [
    { title: "ovn4nfv", value: (row) => row.ovn4nfv },
    { title: "node", value: (row) => row.node },
  ]);
  return Promise.resolve("ok");
};
