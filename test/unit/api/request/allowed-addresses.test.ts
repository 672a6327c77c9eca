import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllowedAddresses } from "#src/api/request/allowed-addresses.ts";
import { printAllowed } from "#src/net/allowed-prefixes.ts";

const read = (written: string | readonly string[] | undefined) =>
  parseAllowedAddresses(written, "allowedAddresses").map(printAllowed);

test("addresses and prefixes are read from one text or a list, each once", () => {
  assert.deepEqual(read("10.1.0.200, fd00::1"), ["10.1.0.200", "fd00::1"]);
  assert.deepEqual(read(["10.1.0.192/28", "10.1.0.200/32", "10.1.0.200"]), ["10.1.0.192/28", "10.1.0.200"]);
  assert.deepEqual(read(undefined), []);
});

test("what is no address is refused with its place, and so are too many", () => {
  assert.throws(() => read(["10.1.0.200", "10.1.0.5/24"]), {
    message: /allowedAddresses: \[1\] "10\.1\.0\.5\/24" is neither/,
  });
  assert.throws(() => read("all"), { code: "Malformed", message: /allowedAddresses "all"/ });
  assert.throws(
    () => read(Array.from({ length: 17 }, (_, index) => `10.1.0.${index.toString()}`)),
    /names 17 addresses/,
  );
});
