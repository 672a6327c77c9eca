/* What a network namespace has, the pod's or the host's, as lines on stdout. */
#ifndef STATE_H
#define STATE_H

/* Lines, a `-` where there is nothing; routes are the unicast ones of all tables but the
 * kernel's own, IPv4 and then IPv6, rules those by which what leaves under an address is routed by a table:
 *   link NAME MAC MTU up|down
 *   address NAME ADDRESS/LENGTH
 *   route DESTINATION TABLE METRIC [DEVICE GATEWAY]...
 *   rule ADDRESS/LENGTH TABLE
 * A read in which something changed is begun again. NULL, or why the kernel did not tell; then no line is printed. */
const char *show_state(char **words);

#endif
