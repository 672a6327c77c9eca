// `ovn4nfv explain`: conditions, and the reasons that messages, conditions and Events have, in words.
import { closestWord } from "#src/core/closest-word.ts";
import { conditionReasons } from "#src/core/condition-reasons.ts";
import { conditionTypes } from "#src/core/condition-types.ts";
import { errorCodes } from "#src/core/error-codes.ts";
import { AppError } from "#src/core/errors.ts";
import { goodReasons } from "#src/core/good-reasons.ts";
import type { CommandRun } from "../command.ts";
import { writeRows } from "../output/print-rows.ts";
import { paint, styleOf, type TextStyle } from "../output/text-style.ts";
import type { Column } from "../output/text-table.ts";
import { wrap } from "../output/wrapped-text.ts";

/** A type of a condition, or a reason of a refusal, a fault, a condition or an Event. */
interface Explanation {
  readonly reason: string;
  /** The kind of the code, or the objects whose conditions have the reason. */
  readonly on: string;
  readonly meaning: string;
  readonly remedy: string;
}

const explanations: readonly Explanation[] = [
  ...Object.entries(errorCodes).map(([reason, { kind: on, meaning, remedy }]) => ({ reason, on, meaning, remedy })),
  ...Object.entries(conditionReasons).map(([reason, entry]) => ({ reason, ...entry })),
  ...Object.entries(goodReasons).map(([reason, entry]) => ({ reason, ...entry, remedy: "Nothing is to be done." })),
  ...Object.entries(conditionTypes).map(([reason, { on, meaning }]) => {
    return {
      reason,
      on: `condition of ${on}`,
      meaning,
      remedy: "The reason beside it says more: explain that as well.",
    };
  }),
];

/** The words that may stand behind `explain`. */
export const explainedWords: readonly string[] = [...new Set(explanations.map(({ reason }) => reason))];

const columns: readonly Column<Explanation>[] = [
  { title: "reason", value: ({ reason }) => reason },
  { title: "on", value: ({ on }) => on },
  { title: "meaning", value: ({ meaning }) => meaning },
];

/** Prints what a reason or condition means and what to do about it, or all of them. Case does not matter. */
export const explain: CommandRun<"explain"> = (context) => {
  const { config, operands, stdout } = context;
  const shown = operands.length === 0 ? explanations : operands.flatMap(explanationsOf);
  const isText = config.output === "table" && operands.length > 0;
  if (isText) stdout.write(shown.map((each) => printExplanation(each, styleOf(stdout, context.env))).join("\n"));
  else writeRows(context, shown, columns);
  return Promise.resolve("ok");
};

/** A code can stand in conditions with a meaning of its own. A type that has our prefix is also found without it. */
function explanationsOf(word: string): readonly Explanation[] {
  const found = explanations.filter(({ reason }) => {
    return [reason, reason.slice(reason.indexOf("/") + 1)].some((one) => one.toLowerCase() === word.toLowerCase());
  });
  if (found.length > 0) return found;
  const meant = closestWord(
    word,
    explanations.map(({ reason }) => reason),
  );
  const hint = meant === undefined ? "`ovn4nfv explain` lists them" : `did you mean ${JSON.stringify(meant)}?`;
  throw new AppError(
    "ConfigInvalid",
    `no refusal, fault, condition or Event has the name or reason ${JSON.stringify(word)}; ${hint}`,
  );
}

/** The text goes on in indented lines where a terminal is too narrow for it. */
function printExplanation({ reason, on, meaning, remedy }: Explanation, style: TextStyle): string {
  const indented = (text: string): string => {
    const lines = style.width === undefined ? [text] : wrap(text, style.width - 2);
    return lines.map((line) => `  ${line}\n`).join("");
  };
  return `${paint(reason, "title", style)} (${on})\n${indented(meaning)}${indented(remedy)}`;
}
