import type { FailOverStack } from "#test/stacks/fail-over-stack.ts";
import type { AlertFault } from "./alert-fault.ts";

/** The alerts of gateways with two chassis. */
export const gatewayFaults: readonly AlertFault<FailOverStack>[] = [
  {
    alert: "GatewayAlone",
    fault: "one of the two nodes of a gateway loses power",
    make: (stack) => stack.powerOff("n1"),
    mend: (stack) => stack.powerOn("n1"),
  },
];
