/* Veth pairs, which have a host's end and a pod's end, and whether links are up. Each command returns NULL, or the reason why the kernel did not do it. */
#ifndef LINKS_H
#define LINKS_H

/* Each command takes the words behind its verb; a missing word is NULL. */
const char *make_pair(char **words);
const char *make_ifb(char **words);
const char *set_alias(char **words);
const char *remove_pairs(char **words);
const char *bring_up(char **words);
const char *bring_host_up(char **words);
const char *bring_host_down(char **words);
const char *allow_ipv6(char **words);
const char *refuse_ipv6(char **words);
const char *refuse_advertisements(char **words);
const char *refuse_host_ipv6(char **words);
const char *restore_host_ipv6(char **words);
const char *complete_checksums(char **words);

/* Removes what `make_pair` and `make_ifb` have made since the last call of `keep_pairs`. */
void roll_back_pairs(void);
void keep_pairs(void);

/* Returns the index of a link, or 0 with errno when there is no such link. */
int link_index(int socket, const char *name);

#endif
