// The product in a real cluster: kubelet, containerd, Multus, two chassis; one lab for all of it.
import { after, before, describe } from "node:test";
import { whyLabCannotRun } from "#test/lab/lab.ts";
import { describeFaults } from "./lab-faults.ts";
import { describeModes } from "./lab-modes.ts";
import { LabStack } from "./lab-stack.ts";
import { describeTrust } from "./lab-trust.ts";
import { describeWiring } from "./lab-wiring.ts";

describe("ovn4nfv in a cluster", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  before(async () => {
    stack = await LabStack.start();
    await stack.addNetworks({
      plain: { ipv4Subnets: [{ subnet: "10.10.0.0/24" }] },
      dual: { ipv4Subnets: [{ subnet: "10.20.0.0/24" }], ipv6Subnets: [{ subnet: "fd20::/64" }] },
      routed: { ipv4Subnets: [{ subnet: "10.30.0.0/24" }] },
    });
  });
  after(() => stack[Symbol.asyncDispose]());

  describeWiring(() => stack);
  describeTrust(() => stack);
  describeModes(() => stack);
  describeFaults(() => stack);
});
