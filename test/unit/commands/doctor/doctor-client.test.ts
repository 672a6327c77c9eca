import assert from "node:assert/strict";
import { test } from "node:test";
import { openDoctorClient } from "#src/commands/doctor/doctor-client.ts";
import { AppError } from "#src/core/errors.ts";

const none = new AppError("ConfigInvalid", "no kubeconfig was found");
const fail = () => Promise.reject(none);

test("without a kubeconfig every request fails with that reason, unless one was named", async () => {
  const client = await openDoctorClient(fail, false);
  await assert.rejects(client.request({ method: "GET", path: "/version" }), none);
  client.close();
  await assert.rejects(openDoctorClient(fail, true), none);
});
