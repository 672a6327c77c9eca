/* ovn4nfv-netlink changes the kernel for the agent: it makes links, addresses and routes. It stays beside the agent, reads
 * batches of netlink commands from stdin and answers each batch on stdout. A command is a line of words. An empty line
 * ends the batch. The first command that fails ends the batch too, and then the pairs that the batch has made are removed.
 * The answer is what the commands have printed, and then `ok`, or `failed NUMBER WHY` with the number of the command.
 * The program ends when its stdin ends, and not before: an agent that is told to stop still has to roll back its work. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "links.h"
#include "namespaces.h"
#include "routes.h"
#include "shaping.h"
#include "state.h"

#define MAX_BATCH 262144
/* GC removes all pairs that it finds left over on a node by one `unpair`. */
#define MAX_WORDS 4096

/* PATH: names the pod's network namespace. This command comes before those that act in it. */
static const char *use_pod(char **words) {
  close_pod();
  return open_pod(words[0]);
}

struct verb {
  const char *name;
  int min_words;
  int max_words;
  bool in_pod;
  const char *(*run)(char **words);
};

static const struct verb verbs[] = {
    {"netns", 1, 1, false, use_pod},
    {"pair", 4, 4, true, make_pair},
    {"ifb", 1, 1, false, make_ifb},
    {"shape-host", 4, 4, false, shape_in_host},
    {"shape-pod", 4, 4, true, shape_in_pod},
    {"lead-sent", 2, 2, false, lead_sent},
    {"lead-received", 2, 2, false, lead_received},
    {"alias", 2, 2, false, set_alias},
    {"unpair", 1, MAX_WORDS, false, remove_pairs},
    {"ipv6", 1, 1, true, allow_ipv6},
    {"no-ipv6", 1, 1, true, refuse_ipv6},
    {"no-ra", 1, 1, true, refuse_advertisements},
    {"checksums", 1, 1, true, complete_checksums},
    {"up", 1, 1, true, bring_up},
    {"host-no-ipv6", 1, 1, false, refuse_host_ipv6},
    {"host-ipv6", 1, 1, false, restore_host_ipv6},
    {"host-up", 1, 1, false, bring_host_up},
    {"host-down", 1, 1, false, bring_host_down},
    {"address", 2, 2, true, add_address},
    {"route-add", 5, MAX_WORDS, true, add_route},
    {"route-replace", 5, MAX_WORDS, true, replace_route},
    {"route-del", 5, MAX_WORDS, true, remove_route},
    {"rule", 2, 2, true, add_rule},
    {"rule-del", 2, 2, true, remove_rule},
    {"show", 0, 1, false, show_state},
};

static const char *run_command(char *line) {
  char *words[MAX_WORDS + 2] = {NULL}, *rest = NULL;
  int count = 0;
  for (char *word = strtok_r(line, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
    if (count > MAX_WORDS) return "this command has too many words";
    words[count++] = word;
  }
  for (size_t i = 0; count > 0 && i < sizeof verbs / sizeof *verbs; i++) {
    const struct verb *verb = verbs + i;
    if (strcmp(verb->name, words[0]) != 0) continue;
    if (count - 1 < verb->min_words || count - 1 > verb->max_words) return "this command has too few or too many words";
    if (verb->in_pod && pod_socket < 0) return "no network namespace was named";
    return verb->run(words + 1);
  }
  return "this is no netlink command";
}

/* Every command of the batch ends with a newline. The text of the batch is changed. */
static void run_batch(char *batch) {
  int number = 0;
  const char *failed = NULL;
  for (char *end; failed == NULL && (end = strchr(batch, '\n')) != NULL; batch = end + 1) {
    *end = '\0';
    number++;
    failed = run_command(batch);
  }
  if (failed != NULL) roll_back_pairs();
  keep_pairs();
  close_pod();
  if (failed == NULL) puts("ok");
  else printf("failed %d %s\n", number, failed);
  if (fflush(stdout) != 0) exit(1);
}

int main(void) {
  static char input[MAX_BATCH + 1], answers[65536];
  size_t have = 0;
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  setvbuf(stdout, answers, _IOFBF, sizeof answers);
  open_host();
  for (;;) {
    ssize_t got = read(STDIN_FILENO, input + have, MAX_BATCH - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return have == 0 ? 0 : 1;
    have += (size_t)got;
    input[have] = '\0';
    for (char *end; (end = strstr(input, "\n\n")) != NULL;) {
      size_t used = (size_t)(end - input) + 2;
      end[1] = '\0';
      run_batch(input);
      have -= used;
      memmove(input, input + used, have + 1);
    }
  }
}
