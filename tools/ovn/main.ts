// `npm run ovn -- SUITE`: fetches OVN and Open vSwitch of a suite of Debian, and prints the folder for OVN_BINDIR.
import { fromUnknown } from "#src/core/errors.ts";
import { ensureOvn } from "./ovn-cache.ts";
import { isOvnSuite, ovnSuites } from "./ovn-suites.ts";

const [suite = ""] = process.argv.slice(2);
if (isOvnSuite(suite)) {
  try {
    const { ovn, openVswitch, binaries } = await ensureOvn(suite);
    console.error(`OVN ${ovn}, Open vSwitch ${openVswitch}`);
    console.log(binaries);
  } catch (error) {
    console.error(fromUnknown(error).message);
    process.exitCode = 1;
  }
} else {
  console.error(`usage: npm run ovn -- ${ovnSuites.join("|")}`);
  process.exitCode = 2;
}
