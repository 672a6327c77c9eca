// `npm run demo`. Ctrl-C needs nothing here: tools/process/exit-guard.ts ends what was started and removes the folders.
import { fromUnknown } from "#src/core/errors.ts";
import { Progress } from "#tools/process/progress.ts";
import { runDemo } from "./demo.ts";

/** Time limit of the demo. It is enough for installing the packages on a slow machine. */
const limitMs = 15 * 60_000;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const limit = setTimeout(() => {
  print(`demo: failed, not done in ${limitMs / 60_000} minutes`);
  process.exit(1);
}, limitMs);
try {
  print(
    await runDemo(new Progress(print), (text) => {
      print(`             ${text}`);
    }),
  );
} catch (caught) {
  print(`demo: failed, ${fromUnknown(caught).message}`);
  process.exitCode = 1;
} finally {
  clearTimeout(limit);
}
