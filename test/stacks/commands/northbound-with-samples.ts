import type { TestContext } from "node:test";
import { runNetworkScript, networkScript, sampleFiles } from "#demo/samples.ts";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";

/** Starts a Northbound database with the networks of all samples. It ends with the test. Returns its endpoint. */
export async function northboundWithSamples(t: TestContext): Promise<string> {
  const server = await startSampleNorthbound();
  t.after(() => server[Symbol.asyncDispose]());
  return server.endpoint;
}

/** The same database for whoever ends it himself. */
export async function startSampleNorthbound(): ReturnType<typeof startOvsdbServer> {
  const server = await startOvsdbServer();
  await nbctl(server.endpoint, "init");
  for (const path of sampleFiles) await runNetworkScript(networkScript(path), server.endpoint);
  return server;
}
