/* What a network namespace has, the pod's or the host's, as lines on stdout. */
#ifndef STATE_H
#define STATE_H

/* Lines, a `-` where there is nothing; routes are the unicast ones of the main table, IPv4 and then IPv6:
 *   link NAME MAC MTU up|down
 *   address NAME ADDRESS/LENGTH
 *   route DESTINATION METRIC [DEVICE GATEWAY]...
 * A read in which something changed is begun again. NULL, or why the kernel did not tell; then no line is printed. */
const char *show_state(char **words);

#endif
