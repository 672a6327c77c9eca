// A chain between two networks with 1,024 flows, sixteen of each address.
import { testThreeFunctions } from "#test/stacks/chains/three-functions.ts";

testThreeFunctions(16);
