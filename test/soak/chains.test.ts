// Chains from a network and from a provider network to a network with 1,024 flows, sixteen of each address.
import { networkEnd, providerEnd } from "#test/stacks/chains/left-end.ts";
import { testThreeFunctions } from "#test/stacks/chains/three-functions.ts";

testThreeFunctions(networkEnd, 16);
testThreeFunctions(providerEnd, 16);
