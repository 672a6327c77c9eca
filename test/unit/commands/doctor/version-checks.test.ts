import assert from "node:assert/strict";
import { test } from "node:test";
import {
  judgeAgentVersion,
  judgeCertManager,
  judgeCniVersion,
  judgeMultusVersion,
  judgeOpenVSwitch,
  judgeOvnController,
} from "#src/commands/doctor/version-checks.ts";
import type { DoctorFinding } from "#src/commands/doctor/finding.ts";
import { healthyFacts } from "#test/fixtures/commands/healthy-facts.ts";

const facts = await healthyFacts();
const line = ([finding]: readonly DoctorFinding[]) => `${finding?.health ?? ""}: ${finding?.says ?? ""}`;

test("versions that are new enough are shown, and cert-manager only where there is one", () => {
  assert.equal(line(judgeOpenVSwitch(facts)), "ok: Open vSwitch 3.1.0");
  assert.equal(line(judgeOvnController(facts)), "ok: OVN 23.03.1");
  assert.equal(line(judgeMultusVersion(facts)), "ok: Multus 4.2.4");
  assert.equal(line(judgeCniVersion(facts)), "ok: CNI 1.0.0");
  assert.deepEqual(judgeCertManager(facts), []);
  assert.equal(
    line(judgeCertManager({ ...facts, certManagerVersion: { value: "1.11.5" } })),
    "ok: cert-manager 1.11.5",
  );
});

test("what is older than the table allows is a warning that names the version and the nodes", () => {
  const nodeVersions = {
    value: [
      { node: "n1", agent: "0.1.0", ovs: "2.16.1", ovnController: "21.12.0" },
      { node: "n2", agent: "0.2.0", ovs: "3.1.0", ovnController: "23.03.1" },
    ],
  };
  assert.match(
    line(judgeOpenVSwitch({ ...facts, nodeVersions })),
    /^warning: Open vSwitch 2\.16\.1 on n1 is older than 2\.17/,
  );
  assert.match(
    line(judgeOvnController({ ...facts, nodeVersions })),
    /^warning: OVN 21\.12\.0 on n1 is older than 22\.03/,
  );
  assert.match(
    line(judgeMultusVersion({ ...facts, multusVersion: { value: "3.9" } })),
    /^warning: Multus 3\.9 is older/,
  );
  assert.match(line(judgeCniVersion({ ...facts, cniVersion: { value: "0.2.0" } })), /^warning: CNI 0\.2\.0 is older/);
  const certManagerVersion = { value: "1.10.2" };
  assert.match(line(judgeCertManager({ ...facts, certManagerVersion })), /^warning: cert-manager 1\.10\.2 is older/);
});

test("a version that nobody could say is unknown, never good", () => {
  const nodeVersions = { value: [{ node: "n1", agent: "0.1.0", ovs: "3.1.0", ovnController: undefined }] };
  assert.equal(
    line(judgeOvnController({ ...facts, nodeVersions })),
    "unknown: the agents of n1 do not know the version",
  );
  assert.match(line(judgeOpenVSwitch({ ...facts, nodeVersions: { value: [] } })), /^unknown: there is no agent/);
  assert.match(line(judgeMultusVersion({ ...facts, multusVersion: { value: undefined } })), /^unknown: no DaemonSet/);
  assert.match(
    line(judgeCertManager({ ...facts, certManagerVersion: { why: "not for you" } })),
    /^unknown: not for you/,
  );
});

test("agents that stayed behind in a roll-out are named, and newer ones are not", () => {
  const nodeVersions = (agent: string | undefined) => ({
    value: [
      { node: "n1", agent, ovs: "3.1.0", ovnController: "23.03.1" },
      { node: "n2", agent: "0.2.0", ovs: "3.1.0", ovnController: "23.03.1" },
    ],
  });
  const told = (agent: string | undefined) => line(judgeAgentVersion({ ...facts, nodeVersions: nodeVersions(agent) }));
  assert.equal(line(judgeAgentVersion(facts)), "ok: agent 0.2.0");
  assert.equal(told("0.10.0"), "ok: agent 0.10.0 and 0.2.0");
  assert.equal(told("0.1.9"), "warning: agent 0.1.9 on n1 is older than 0.2.0: this is the version of this command");
  assert.equal(told(undefined), "unknown: the agents of n1 do not know the version");
});
