/* Addresses, routes and rules of the pod. Each function returns NULL, or why the kernel did not do it. */
#ifndef ROUTES_H
#define ROUTES_H

/* All take the words behind the verb of a line; a missing one is NULL. */
const char *add_address(char **words);
const char *add_route(char **words);
const char *replace_route(char **words);
const char *remove_route(char **words);
const char *add_rule(char **words);

#endif
