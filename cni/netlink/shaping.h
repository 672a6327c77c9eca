/* Limits of bandwidth. A token bucket (tc-tbf(8)) sits where packets leave through a link; what does not pass through a link of
 * its own in the wanted direction is led through an ifb. Each command returns NULL, or why the kernel did not do it. */
#ifndef SHAPING_H
#define SHAPING_H

/* Each command takes the words behind its verb; a missing word is NULL. */
const char *shape_in_host(char **words);
const char *shape_in_pod(char **words);
const char *lead_sent(char **words);
const char *lead_received(char **words);

#endif
