import type { TestContext } from "node:test";
import { runNetworkScript, networkScript, sampleFiles } from "#demo/samples.ts";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";

/** Starts a Northbound database with the networks of all samples. It ends with the test. Returns its endpoint. */
export async function northboundWithSamples(t: TestContext): Promise<string> {
  const server = await startOvsdbServer();
  t.after(() => server[Symbol.asyncDispose]());
  await nbctl(server.endpoint, "init");
  for (const path of sampleFiles) await runNetworkScript(networkScript(path), server.endpoint);
  return server.endpoint;
}
