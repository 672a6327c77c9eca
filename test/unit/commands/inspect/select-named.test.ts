import assert from "node:assert/strict";
import { test } from "node:test";
import { hintFor, isWanted, meantName, nameOf, selectNamed } from "#src/commands/inspect/select-named.ts";
import { AppError } from "#src/core/errors.ts";

const web = { namespace: "shop", name: "web-0" };
const database = { namespace: "shop", name: "database" };
const fault = (name: string) => new AppError("ConfigInvalid", name);

test("a thing is named with its namespace or without, and every thing is wanted where no word is", () => {
  assert.deepEqual([isWanted(["web-0"], web), isWanted(["shop/web-0"], web)], [true, true]);
  assert.deepEqual([isWanted(["other/web-0"], web), isWanted([], web)], [false, true]);
  assert.deepEqual([nameOf(web), nameOf({ name: "blue" })], ["shop/web-0", "blue"]);
});

test("things are selected in their own order, and a word that names none is refused", () => {
  assert.deepEqual(selectNamed(["database", "shop/web-0"], [web, database], fault), [web, database]);
  assert.throws(() => selectNamed(["web-1", "database"], [web, database], fault), /web-1/);
});

test("the name that was meant is suggested in the form that was typed", () => {
  assert.equal(meantName("web0", [web, database]), "web-0");
  assert.equal(meantName("shop/web0", [web, database]), "shop/web-0");
  assert.equal(hintFor("databse", [web, database], "there are others"), 'did you mean "database"?');
  assert.equal(hintFor("nothing-near", [web, database], "there are others"), "there are others");
});
