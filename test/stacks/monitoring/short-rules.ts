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

/** The age of a reservation that is too much, in seconds: five times the lease that controllers of tests give it. */
const oldReservation = "15";

/**
 * The same rules with short times: an alert waits for 2 s, and looks at the last 15 s where it looks at minutes. A reservation is
 * old after 15 s. Other limits, labels and texts stay.
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
    .replaceAll(/\boffset \d+[smhd]\b/g, `offset ${window}`)
    .replace(/(?<=\bovn4nfv_reservation_oldest_seconds\) > )\d+/, oldReservation);
  return { ...rule, expr, ...(rule.for === undefined ? {} : { for: "2s" }) };
}
