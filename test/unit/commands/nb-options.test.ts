import assert from "node:assert/strict";
import { test } from "node:test";
import { isNorthboundUnnamed, nbOptions, nbWriterOptions, refuseUnnamed, sbOptions } from "#src/commands/nb-options.ts";

const none = { nbCaFile: undefined, nbCertFile: undefined, nbKeyFile: undefined, nbServerName: undefined };
const nbEndpoints = ["tcp:127.0.0.1:6641"];

test("without files there is no TLS, and the leader is looked for as the flag says", () => {
  assert.deepEqual(nbOptions({ ...none, nbEndpoints, nbLeader: "prefer" }), {
    endpoints: nbEndpoints,
    leader: "prefer",
  });
  assert.equal(nbOptions({ ...none, nbEndpoints, nbLeader: "require" }).leader, "only");
});

test("a process that allocates or releases refuses relays, and one that reads does not", () => {
  const config = { ...none, nbEndpoints, nbLeader: "prefer" } as const;
  assert.equal(nbWriterOptions(config).relays, "refuse");
  assert.equal(nbOptions(config).relays, undefined);
});

test("a CA makes it TLS, a certificate goes with its key or not at all", () => {
  const tls = (nbCertFile?: string, nbKeyFile?: string, nbServerName?: string) =>
    nbOptions({ nbCaFile: "ca", nbCertFile, nbKeyFile, nbServerName, nbEndpoints, nbLeader: "any" }).tls;
  assert.deepEqual(tls(), { caFile: "ca" });
  assert.deepEqual(tls("cert"), { caFile: "ca" });
  assert.deepEqual(tls(undefined, undefined, "nb"), { caFile: "ca", serverName: "nb" });
  assert.deepEqual(tls("cert", "key"), { caFile: "ca", certificateFile: "cert", privateKeyFile: "key" });
});

test("an empty setting, as the manifests have it, is refused with what to write and where", () => {
  assert.throws(
    () => nbOptions({ ...none, nbEndpoints: [], nbLeader: "prefer" }),
    /set OVN4NFV_NB in the ConfigMap .*ovn4nfv-config.*tcp:/,
  );
});

const never = () => false;

test("a subcommand that ends is told at once that no database is named, and where it is", () => {
  const usual = { nbEndpoints: ["unix:/var/run/ovn/ovnnb_db.sock"] };
  assert.throws(() => refuseUnnamed(usual, "networks", never), {
    code: "ConfigInvalid",
    message:
      "no Northbound database is named, and there is none on this machine; give --nb tcp:HOST:6641 or set OVN4NFV_NB, or run it " +
      "in a pod that has it: kubectl -n ovn4nfv-system exec deploy/ovn4nfv-controller -- ovn4nfv networks",
  });
  assert.throws(() => refuseUnnamed(usual, undefined, never), /set OVN4NFV_NB$/);
  refuseUnnamed(usual, "networks", () => true);
  refuseUnnamed({ nbEndpoints }, "networks", never);
});

test("an ssl: endpoint without a CA is refused with the flag that is missing", () => {
  const nb = { ...none, nbEndpoints, nbLeader: "prefer" } as const;
  assert.throws(() => nbOptions({ ...nb, nbEndpoints: ["tcp:a:1", "ssl:b:2"] }), {
    code: "ConfigInvalid",
    message: "--nb ssl:b:2 needs --nb-ca-file",
  });
  assert.throws(() => sbOptions({ ...nb, sbEndpoints: ["ssl:b:3"] }), { message: "--sb ssl:b:3 needs --nb-ca-file" });
});

test("a database is named by any endpoint but the usual socket, which counts where it is", () => {
  const usual = ["unix:/var/run/ovn/ovnnb_db.sock"];
  assert.equal(isNorthboundUnnamed({ nbEndpoints: usual }, never), true);
  assert.equal(isNorthboundUnnamed({ nbEndpoints: [] }, never), true);
  assert.equal(
    isNorthboundUnnamed({ nbEndpoints: usual }, (path) => path === "/var/run/ovn/ovnnb_db.sock"),
    false,
  );
  assert.equal(isNorthboundUnnamed({ nbEndpoints: ["tcp:192.0.2.1:6641"] }, never), false);
});
