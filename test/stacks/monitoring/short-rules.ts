export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
}

/** Long enough for several scrapes, of which there is one a second. */
const window = "15s";

/**
 * The same rules with short times: an alert waits for 2 s, and looks at the last 15 s where it looks at minutes. Limits, labels
 * and texts stay.
 */
export function shortenRules(file: RuleFile): RuleFile {
  return {
    ...file,
    groups: file.groups.map((group) => ({ ...group, rules: group.rules.map((rule) => shortenRule(rule)) })),
  };
}

function shortenRule(rule: AlertRule): AlertRule {
  const expr = rule.expr
    .replaceAll(/\[\d+[smhd]\]/g, `[${window}]`)
    .replaceAll(/\boffset \d+[smhd]\b/g, `offset ${window}`);
  return { ...rule, expr, ...(rule.for === undefined ? {} : { for: "2s" }) };
}
