/* Addresses, routes and rules of the pod. Each command returns NULL, or the reason why the kernel did not do it. */
#ifndef ROUTES_H
#define ROUTES_H

/* Each command takes the words behind its verb; a missing word is NULL. */
const char *add_address(char **words);
const char *add_route(char **words);
const char *replace_route(char **words);
const char *remove_route(char **words);
const char *add_rule(char **words);
const char *remove_rule(char **words);

#endif
