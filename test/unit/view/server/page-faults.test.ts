import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { faultOf, PageFaultError } from "#src/view/server/page-faults.ts";

test("a fault of the page has the status of its table", () => {
  assert.deepEqual(faultOf(new PageFaultError("NotFound", "there is no network blue")), {
    status: 404,
    code: "NotFound",
    message: "there is no network blue",
  });
});

test("a wrong word is the query's fault, and a lost connection is nobody's who asks", () => {
  assert.equal(faultOf(new AppError("ConfigInvalid", "no pod a/b")).status, 400);
  assert.equal(faultOf(new AppError("NotConnected", "gone")).status, 503);
  assert.equal(faultOf(new TypeError("x")).status, 500);
});
