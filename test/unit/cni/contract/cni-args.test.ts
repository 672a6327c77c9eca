import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCniArgs, podOfArgs } from "#cni/contract/cni-args.ts";

const containerd =
  "K8S_POD_UID=u-1;IgnoreUnknown=1;K8S_POD_NAMESPACE=ns1;K8S_POD_NAME=web-1;K8S_POD_INFRA_CONTAINER_ID=abc";
const pod = { namespace: "ns1", name: "web-1", uid: "u-1" };

test("the order of CNI_ARGS means nothing", () => {
  for (let turn = 0; turn < 5; turn += 1) {
    const pieces = containerd.split(";");
    const turned = [...pieces.slice(turn), ...pieces.slice(0, turn)].join(";");
    assert.deepEqual(podOfArgs(parseCniArgs(turned)), pod);
  }
});

test("every key twice, as Multus in thin mode writes them, is the same as once", () => {
  assert.deepEqual(podOfArgs(parseCniArgs(`IgnoreUnknown=true;${containerd};${containerd}`)), pod);
});

test("a second = in CNI_ARGS belongs to the value (the predecessor refused it)", () => {
  assert.equal(parseCniArgs("TOKEN=a=b==;X=").get("TOKEN"), "a=b==");
  assert.equal(parseCniArgs("TOKEN=a=b==;X=").get("X"), "");
});

test("empty pieces and no arguments at all are fine", () => {
  assert.deepEqual([...parseCniArgs(";;A=1;")], [["A", "1"]]);
  assert.equal(parseCniArgs("").size, 0);
});

test("a piece without = is refused and quoted", () => {
  assert.throws(() => parseCniArgs("A=1;flag"), /CNI_ARGS: "flag" is not of the form KEY=VALUE/);
  assert.throws(() => parseCniArgs("=1"), { code: "CniEnvironmentInvalid" });
});

test("a call that is not for a pod says which keys it lacks", () => {
  assert.throws(() => podOfArgs(parseCniArgs("K8S_POD_UID=u-1")), /lacks K8S_POD_NAMESPACE and K8S_POD_NAME/);
});

test("the UID is undefined when a runtime does not send it", () => {
  assert.deepEqual(podOfArgs(parseCniArgs("K8S_POD_NAMESPACE=ns1;K8S_POD_NAME=web-1;K8S_POD_UID=")), {
    ...pod,
    uid: undefined,
  });
});
