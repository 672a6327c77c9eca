import { join } from "node:path";
import type { DatabaseName } from "#tools/programs/ovn-binaries.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ovsdbServerCommand, untilDatabase } from "./ovsdb-server.ts";

export interface OvsdbRelay extends AsyncDisposable {
  /** The `unix:` endpoint. */
  readonly endpoint: string;
  readonly process: ManagedProcess;
}

/** Starts an ovsdb-server that relays the database of others (ovsdb-server(1), "relay"). It has no file of its own. */
export async function startOvsdbRelay(
  sources: readonly string[],
  database: DatabaseName = "OVN_Northbound",
): Promise<OvsdbRelay> {
  const temporary = createTemporaryFolder("relay");
  const endpoint = `unix:${join(temporary.path, "sock")}`;
  const process = await ManagedProcess.start({
    name: `relay of ${database}`,
    ...ovsdbServerCommand(temporary.path, `relay:${database}:${sources.join(",")}`, [`--remote=p${endpoint}`]),
    ready: untilDatabase(endpoint, database, "connected"),
  });
  return {
    endpoint,
    process,
    async [Symbol.asyncDispose]() {
      await process.stop();
      temporary.remove();
    },
  };
}
