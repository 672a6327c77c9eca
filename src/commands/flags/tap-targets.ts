import { AppError } from "#src/core/errors.ts";
import { type Cidr, parseCidr } from "#src/net/cidr.ts";

/** Reads the flag --tap-targets. Throws `ConfigInvalid` for a text that is no prefix. */
export function readTapTargets(texts: readonly string[]): readonly Cidr[] {
  return texts.map((text) => {
    const cidr = parseCidr(text)?.cidr;
    if (cidr !== undefined) return cidr;
    throw new AppError("ConfigInvalid", `--tap-targets: ${JSON.stringify(text)} is no prefix, such as 192.0.2.0/24`);
  });
}
