import { chainCrd } from "#src/api/chain/chain-crd.ts";
import { testCrd } from "#test/assertions/crd-file.ts";

testCrd("chain/chain", chainCrd());
