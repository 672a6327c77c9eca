const serviceAccount = /^(system:serviceaccount:[^:]+):/;

/**
 * Gives the name under which a user's sessions and pages are counted. All ServiceAccounts of a namespace are one, because whoever may
 * edit the namespace makes as many of them as they like.
 */
export function countedName(username: string): string {
  return serviceAccount.exec(username)?.[1] ?? username;
}
