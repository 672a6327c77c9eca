import packageJson from "../../package.json" with { type: "json" };
import type { CommandRun } from "./command.ts";
import { printRows } from "./output.ts";

export const version: CommandRun<"version"> = ({ config, stdout, nodeVersion }) => {
  const rows = [{ ovn4nfv: packageJson.version, node: nodeVersion }];
  stdout.write(
    printRows(config.output, rows, [
      { title: "ovn4nfv", value: (row) => row.ovn4nfv },
      { title: "node", value: (row) => row.node },
    ]),
  );
  return Promise.resolve("ok");
};
