/* Veth pairs: the host's end and the pod's. Each function returns NULL, or why the kernel did not do it. */
#ifndef LINKS_H
#define LINKS_H

/* All take the words behind the verb of a line; a missing one is NULL. */
const char *make_pair(char **words);
const char *remove_pairs(char **words);
const char *bring_up(char **words);
const char *allow_ipv6(char **words);
const char *complete_checksums(char **words);

/* Removes what `make_pair` has made since the last call of `keep_pairs`. */
void undo_pairs(void);
void keep_pairs(void);

/* Index of a link; 0: there is none, and errno tells why. */
int link_index(int socket, const char *name);

#endif
