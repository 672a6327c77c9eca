import assert from "node:assert/strict";
import { test } from "node:test";
import { decideApproval, readAnswer } from "#certs/chassis-approval.ts";
import { chassisSigner, makeChassisRequest } from "#certs/chassis-request.ts";

const account = "system:serviceaccount:ovn4nfv-system:ovn4nfv-ovn-host";
const { request } = await makeChassisRequest("n1");
const claim = "authentication.kubernetes.io/node-name";

function requestOf(spec: object = {}, status: object = {}) {
  return {
    metadata: { name: "ovn4nfv-chassis-x", uid: "u", resourceVersion: "1" },
    spec: {
      signerName: chassisSigner,
      request: Buffer.from(request).toString("base64"),
      username: account,
      extra: { [claim]: ["n1"] },
      ...spec,
    },
    status,
  };
}

test("a node gets a certificate for itself", () => {
  const decision = decideApproval(requestOf(), account);
  assert.ok(decision.do === "sign" && decision.name === "n1" && !decision.isApproved);
  const approved = decideApproval(requestOf({}, { conditions: [{ type: "Approved" }] }), account);
  assert.ok(approved.do === "sign" && approved.isApproved);
});

test("nobody gets one for another node, or without a node", () => {
  const why = (spec: object): string => {
    const decision = decideApproval(requestOf(spec), account);
    return decision.do === "deny" ? decision.why : decision.do;
  };
  assert.equal(why({ extra: { [claim]: ["n2"] } }), "the pod is on n2, and the request is for n1");
  assert.match(why({ extra: {} }), /names no node; Kubernetes does so from 1.30 on/);
  assert.match(
    why({ username: "system:serviceaccount:default:default" }),
    /is not system:serviceaccount:ovn4nfv-system/,
  );
  assert.match(why({ request: "AAAA" }), /no signed PKCS #10/);
});

test("nothing is read of a request before it is known who asks, since to verify it takes time", () => {
  const why = (spec: object): string => {
    const decision = decideApproval(requestOf({ request: "AAAA", ...spec }), account);
    return decision.do === "deny" ? decision.why : decision.do;
  };
  assert.match(why({ username: "somebody" }), /^somebody is not/);
  assert.match(why({ extra: {} }), /names no node/);
});

test("requests of other signers and answered ones are left alone", () => {
  assert.equal(decideApproval(requestOf({ signerName: "kubernetes.io/kubelet-serving" }), account).do, "nothing");
  for (const status of [
    { certificate: "QQ==" },
    { conditions: [{ type: "Denied" }] },
    { conditions: [{ type: "Failed" }] },
  ]) {
    assert.equal(decideApproval(requestOf({}, status), account).do, "nothing");
  }
});

test("the node reads the answer, a refusal, or that there is none yet", () => {
  assert.equal(readAnswer(requestOf()), undefined);
  assert.deepEqual(readAnswer(requestOf({}, { certificate: Buffer.from("PEM").toString("base64") })), {
    certificate: "PEM",
  });
  const denied = requestOf({}, { conditions: [{ type: "Denied", message: "the pod is on n2" }] });
  assert.deepEqual(readAnswer(denied), { refused: "the pod is on n2" });
  assert.deepEqual(readAnswer(undefined), { refused: "the request was deleted" });
});
