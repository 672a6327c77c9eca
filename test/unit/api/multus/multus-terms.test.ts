import assert from "node:assert/strict";
import { test } from "node:test";
import { inMultusTerms } from "#src/api/multus/multus-terms.ts";
import { AppError, refusal } from "#src/core/errors.ts";

const about = (field: string, remedy: string) => {
  const error = inMultusTerms(refusal("AddressInUse", { field, value: "v", reason: "is in use", remedy, holder: "h" }));
  assert.ok(error instanceof AppError);
  return error;
};

test("a refusal about a selection names field and remedy as the selection does, and keeps the rest", () => {
  const error = about("k8s.v1.cni.cncf.io/networks: [1].ipAddress", "ask for another, or leave ipAddress out");
  assert.equal(
    error.message,
    'AddressInUse: k8s.v1.cni.cncf.io/networks: [1].ips "v" is in use; ask for another, or leave ips out',
  );
  assert.equal(error.details["holder"], "h");
});

test("a remedy stays a sentence", () => {
  const { remedy } = about(
    "k8s.v1.cni.cncf.io/networks: [1].gwipaddress",
    "write an ipAddress in 10.2.0.0/24 too",
  ).details;
  assert.equal(remedy, "write ips in 10.2.0.0/24 too");
});

test("a network that is wrong stands in the definition", () => {
  const { field } = about("k8s.v1.cni.cncf.io/networks: [1].name", "create it").details;
  assert.equal(field, "k8s.v1.cni.cncf.io/networks: [1].name (nfn-network of its definition)");
});

test("everything else stays as it is", () => {
  assert.equal(
    about("k8s.plugin.opnfv.org/nfn-network: x.ipAddress", "leave ipAddress out").details["remedy"],
    "leave ipAddress out",
  );
  const fault = new AppError("Internal", "ipAddress");
  assert.equal(inMultusTerms(fault), fault);
});
