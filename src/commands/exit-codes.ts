/** The meaning of the exit status of every subcommand; docs/reference/flags.md and `--help` read this table. */
export const exitCodes = {
  ok: { code: 0, meaning: "The work is done; a server has drained after SIGTERM." },
  failed: { code: 1, meaning: "Something could not be reached or went wrong; the message says what." },
  usage: { code: 2, meaning: "A subcommand, flag, environment variable or configuration file is wrong." },
  refused: { code: 3, meaning: "The request was refused; the message says what to write instead." },
  disagrees: { code: 4, meaning: "Kubernetes and the Northbound database do not agree; the differences are printed." },
  unhealthy: { code: 5, meaning: "doctor found something that does not work; it prints the fault and the cure." },
  interrupted: {
    code: 130,
    meaning:
      "A second SIGINT or SIGTERM ended the process without draining, or nobody reads its standard output any more.",
  },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type ExitName = keyof typeof exitCodes;
