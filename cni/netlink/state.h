/* Prints the state of a network namespace, the pod's or the host's, as lines on stdout. */
#ifndef STATE_H
#define STATE_H

/* [links]: prints these lines, with a `-` where there is nothing. The routes are the unicast routes of all tables but the kernel's
 * own, first IPv4 and then IPv6. The rules are those that route packets with one source address by a table.
 * A link is a member of its master, and runs over its lower link. A shaped link sends at most RATE bytes in a second; what a
 * led link sends or receives goes through an ifb first.
 *   link NAME MAC MTU up|down INDEX ALIAS carrier|- MASTER LOWER
 *   address NAME ADDRESS/LENGTH
 *   route DESTINATION TABLE METRIC [DEVICE GATEWAY]...
 *   rule ADDRESS/LENGTH TABLE
 *   shaped NAME RATE
 *   led NAME sent|received
 * With the word `links` there are no routes and rules. When something changes while the state is read, it is read again.
 * Returns NULL, or the reason why the state could not be read; then no line is printed. */
const char *show_state(char **words);

#endif
