import { tapCrd } from "#src/api/tap/tap-crd.ts";
import { testCrd } from "#test/assertions/crd-file.ts";

testCrd("tap/tap", tapCrd());
