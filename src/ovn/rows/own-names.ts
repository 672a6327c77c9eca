/** Matches what the names of our routers, of their ports and of the rows around them begin with. Users name the switches of networks. */
const beginnings = /^(?:ovn4nfv|rto[a-z]-|[a-z]tor-|server-localnet_)/;

/** True for a name that we may want for a row. When somebody else's row lets go of it, what waited for the name can be made. */
export function couldBeOurs(name: unknown): boolean {
  return typeof name === "string" && beginnings.test(name);
}
