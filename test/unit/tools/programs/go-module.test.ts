import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildArguments, stagingModules, wrapperGoMod } from "#tools/programs/go-module.ts";
import { tools } from "#tools/programs/tools.ts";

const goMod = `module k8s.io/kubernetes

go 1.24.0

require k8s.io/single v0.0.0
require (
	github.com/other/thing v0.0.0-20250710124328-f3f2b991d03b
	k8s.io/api v0.0.0
	k8s.io/utils v0.0.0-20250604170112-4c0f3b243397
	k8s.io/cri-client v0.0.0 // indirect
	go.etcd.io/etcd/client/v3 v3.6.4
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
)
`;

describe("the wrapper module", () => {
  it("finds what lives in the same repository, and no pseudo-version", () => {
    assert.deepEqual(stagingModules(goMod), ["k8s.io/api", "k8s.io/cri-client", "k8s.io/single"]);
  });

  it("repeats the replacements that Go ignores in a dependency", () => {
    const module = {
      path: "k8s.io/kubernetes",
      version: "v1.34.4",
      stagingVersion: "v0.34.4",
    };
    assert.equal(
      wrapperGoMod(module, goMod),
      `module example.invalid/tools

go 1.24.0

require k8s.io/kubernetes v1.34.4
replace k8s.io/api => k8s.io/api v0.34.4
replace k8s.io/cri-client => k8s.io/cri-client v0.34.4
replace k8s.io/single => k8s.io/single v0.34.4
`,
    );
  });

  it("gives the Kubernetes programs their version", () => {
    const ldflags = buildArguments(tools.kubectl, "/out")[4];
    assert.match(ldflags ?? "", /^-s -w -X \S+gitVersion=v1\.34\.4 -X \S+gitMajor=1 -X \S+gitMinor=34$/);
  });
});
