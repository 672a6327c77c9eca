import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { insert } from "../../src/transaction/operations.ts";
import { type OvsdbServer, startOvsdbServer } from "../../../../lab/ovn/ovsdb-server.ts";
import { type KeyPair, TestAuthority } from "../../../../lab/kubernetes/pki.ts";
import { createTemporaryFolder } from "../../../../tools/process/temporary-folder.ts";
import { logicalSwitch } from "./northbound.ts";
import { RecordedClient } from "./recorded-client.ts";

function writeFiles(folder: string, name: string, { key, certificate }: KeyPair, caFile: string) {
  const [certificateFile, privateKeyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  writeFileSync(certificateFile, certificate);
  writeFileSync(privateKeyFile, key);
  return { certificateFile, privateKeyFile, caFile };
}

async function assertWorks(recorded: RecordedClient, name: string): Promise<void> {
  const session = await recorded.session();
  await session.transact([insert(logicalSwitch, { name })]);
  assert.ok(
    recorded.client
      .rows(logicalSwitch)
      .values()
      .some((row) => row.name === name),
  );
}

test("tcp works as unix does", async () => {
  await using server = await startOvsdbServer({ tcp: true });
  await using recorded = new RecordedClient([server.tcpEndpoint ?? ""]);
  await assertWorks(recorded, "over tcp");
});

test("ssl works with a client certificate, which is read again for each connection", async () => {
  using folder = createTemporaryFolder("ssl");
  const [authority, stranger] = [await TestAuthority.create("ours"), await TestAuthority.create("stranger")];
  const caFile = join(folder.path, "ca.crt");
  writeFileSync(caFile, authority.certificate);
  const good = await authority.issue({ commonName: "client" });
  const serverFiles = writeFiles(folder.path, "server", await authority.issue({ commonName: "server" }), caFile);
  const clientFiles = writeFiles(folder.path, "client", await stranger.issue({ commonName: "client" }), caFile);
  await using server: OvsdbServer = await startOvsdbServer({ tls: serverFiles });
  await using recorded = new RecordedClient([server.sslEndpoint ?? ""], { tls: clientFiles });
  await recorded.refused(/./);
  // The certificate is renewed in place.
  writeFiles(folder.path, "client", good, caFile);
  await assertWorks(recorded, "over ssl");
});

test("a server of another authority is refused", async () => {
  using folder = createTemporaryFolder("ssl");
  const [authority, stranger] = [await TestAuthority.create("ours"), await TestAuthority.create("stranger")];
  const [caFile, strangerFile] = [join(folder.path, "ca.crt"), join(folder.path, "stranger.crt")];
  writeFileSync(caFile, authority.certificate);
  writeFileSync(strangerFile, stranger.certificate);
  const files = writeFiles(folder.path, "both", await authority.issue({ commonName: "both" }), caFile);
  await using server = await startOvsdbServer({ tls: files });
  await using recorded = new RecordedClient([server.sslEndpoint ?? ""], { tls: { ...files, caFile: strangerFile } });
  await recorded.refused(/certificate/);
});

test("a server of the authority with another name is refused when a name is given", async () => {
  using folder = createTemporaryFolder("ssl");
  const authority = await TestAuthority.create("ours");
  const caFile = join(folder.path, "ca.crt");
  writeFileSync(caFile, authority.certificate);
  const chassis = { commonName: "chassis-7", dnsNames: ["chassis-7"], addresses: ["192.0.2.7"] };
  const files = writeFiles(folder.path, "chassis", await authority.issue(chassis), caFile);
  await using server = await startOvsdbServer({ tls: files });
  for (const serverName of ["northbound", "192.0.2.1"]) {
    const tls = { ...files, serverName };
    await using recorded = new RecordedClient([server.sslEndpoint ?? ""], { tls });
    await recorded.refused(/certificate's altnames|not in the cert's list/);
  }
  for (const serverName of ["chassis-7", "192.0.2.7"]) {
    await using recorded = new RecordedClient([server.sslEndpoint ?? ""], { tls: { ...files, serverName } });
    await assertWorks(recorded, `as ${serverName}`);
  }
});

test("of several endpoints the one that answers is used", async () => {
  await using server = await startOvsdbServer();
  await using recorded = new RecordedClient(["unix:/nonexistent/sock", "tcp:127.0.0.1:1", server.endpoint]);
  await assertWorks(recorded, "found");
});
