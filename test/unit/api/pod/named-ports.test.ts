import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readNamedPorts } from "#src/api/pod/named-ports.ts";

describe("the named ports of a pod", () => {
  it("are those of its containers and of init containers that go on running", () => {
    const spec = {
      containers: [
        {
          name: "web",
          ports: [{ name: "http", containerPort: 8080 }, { containerPort: 9 }, { name: "", containerPort: 7 }],
        },
        { name: "bare" },
      ],
      initContainers: [
        { name: "proxy", restartPolicy: "Always", ports: [{ name: "dns", containerPort: 53, protocol: "UDP" }] },
        { name: "setup", ports: [{ name: "gone", containerPort: 1 }] },
      ],
    };
    assert.deepEqual(readNamedPorts(spec), [
      { name: "http", protocol: "TCP", number: 8080 },
      { name: "dns", protocol: "UDP", number: 53 },
    ]);
  });

  it("are none where nothing can be read", () => {
    for (const spec of [undefined, null, 7, {}, { containers: null }, { containers: "x" }]) {
      assert.deepEqual(readNamedPorts(spec), []);
    }
  });
});
