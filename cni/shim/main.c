/* The container runtime runs ovn4nfv-cni for each CNI command. It hands the call to the agent and prints the agent's answer.
 * It answers by itself only those calls that must work without an agent: VERSION, STATUS, and calls for pods that are not
 * ours, when the plugin stands behind another one in a conflist. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "json.h"
#include "protocol.h"
#include "report.h"

extern char **environ;

static bool is(const char *command, const char *name) { return strcmp(command, name) == 0; }

/* Reads stdin to its end into a static buffer. The length is MAX_CONF + 1 when the text is longer than MAX_CONF. */
static struct slice read_conf(void) {
  static char buffer[MAX_CONF + 1];
  struct slice conf = {buffer, 0};
  while (conf.length < sizeof buffer) {
    ssize_t got = read(STDIN_FILENO, buffer + conf.length, sizeof buffer - conf.length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(CNI_IO_FAILURE, "the network configuration cannot be read from stdin", NULL);
    if (got == 0) break;
    conf.length += (size_t)got;
  }
  return conf;
}

/* Returns the CNI_ variables as NAME=value, each with a NUL at its end, so that nothing needs escaping. */
static struct slice cni_environment(void) {
  static char buffer[MAX_ENVIRONMENT];
  struct slice block = {buffer, 0};
  for (char **entry = environ; *entry != NULL; entry++) {
    if (strncmp(*entry, "CNI_", 4) != 0) continue;
    size_t length = strlen(*entry) + 1;
    if (length > sizeof buffer - block.length) fail(CNI_ENVIRONMENT, "the CNI_ variables are too long", NULL);
    memcpy(buffer + block.length, *entry, length);
    block.length += length;
  }
  return block;
}

static void print_text(const char *text) {
  struct slice whole = {text, strlen(text)};
  print(whole);
}

static _Noreturn void answer_version(void) {
  struct slice conf = {"", 0};
  if (!isatty(STDIN_FILENO)) conf = read_conf();
  if (conf.length <= MAX_CONF && json_is_object(conf)) report_version(json_member(conf, "cniVersion"));
  lift_time_limit();
  print_text("{\"cniVersion\":\"");
  print_text(reported_version());
  print_text("\",\"supportedVersions\":[" SUPPORTED_VERSIONS "]}\n");
  exit(0);
}

static bool starts_with(struct slice value, char first) { return value.length > 0 && *value.at == first; }

/* True when the runtime gave us the pod's annotations and our result is not among them. The configuration asks for them, but
 * a runtime that cannot give them leaves the member out; then only the agent knows. Go prints an empty map as null. */
static bool pod_is_not_ours(struct slice conf) {
  struct slice runtime = json_member(conf, "runtimeConfig");
  if (!starts_with(runtime, '{')) return false;
  struct slice annotations = json_member(runtime, ANNOTATIONS_CAPABILITY);
  if (starts_with(annotations, 'n')) return true;
  return starts_with(annotations, '{') && json_member(annotations, RESULT_ANNOTATION).length == 0;
}

static _Noreturn void pass_through(const char *command, struct slice conf) {
  if (is(command, "ADD")) {
    struct slice previous = json_member(conf, "prevResult");
    if (!starts_with(previous, '{')) {
      fail(CNI_CONFIG, "prevResult is missing: with the pod-annotations capability another plugin comes first", NULL);
    }
    lift_time_limit();
    print(previous);
  }
  exit(0);
}

/* A path with two dots could leave the folder again. */
static bool is_below_folder(const char *path) {
  size_t length = strlen(SOCKET_FOLDER);
  return strncmp(path, SOCKET_FOLDER, length) == 0 && path[length] != '\0' && strstr(path, "..") == NULL;
}

static _Noreturn void ask(const char *socket_path, struct slice environment, struct slice conf,
                          enum cni_error when_down) {
  struct answer answer = {0, {NULL, 0}};
  switch (call_agent(socket_path, environment, conf, &answer)) {
    case AGENT_ANSWERED: break;
    case AGENT_UNREACHABLE: fail(when_down, "the ovn4nfv agent of this node cannot be reached", socket_path);
    case AGENT_STRANGER: fail(CNI_IO_FAILURE, "what listens there is not the agent, which runs as root", socket_path);
    case AGENT_GONE: fail(when_down, "the ovn4nfv agent ended before it had answered", socket_path);
    case AGENT_GARBLED: fail(CNI_IO_FAILURE, "what listens there does not answer like an ovn4nfv agent", socket_path);
  }
  lift_time_limit();
  print(answer.text);
  exit(answer.status);
}

static _Noreturn void ask_agent(struct slice conf, enum cni_error when_down) {
  char socket_path[108] = DEFAULT_SOCKET;
  struct slice named = json_member(conf, "agentSocket");
  if (named.length > 0 && !json_string_copy(named, socket_path, sizeof socket_path)) {
    fail(CNI_CONFIG, "agentSocket is not a path of at most 107 ASCII characters", NULL);
  }
  if (!is_below_folder(socket_path)) fail(CNI_CONFIG, "agentSocket is not a path below " SOCKET_FOLDER, socket_path);
  ask(socket_path, cni_environment(), conf, when_down);
}

/* The startup probe of the agent's container: `ovn4nfv-cni --ready SOCKET`. The agent behind SOCKET takes every call for one. */
static _Noreturn void probe_agent(const char *socket_path) {
  struct slice nothing = {"", 0};
  limit_time(STATUS_LIMIT_MS, CNI_NOT_READY, "the ovn4nfv agent did not answer in the time allowed");
  ask(socket_path, nothing, nothing, CNI_NOT_READY);
}

int main(int argc, char **argv) {
  if (argc == 3 && is(argv[1], "--ready")) probe_agent(argv[2]);
  const char *command = getenv("CNI_COMMAND");
  if (command == NULL || *command == '\0') fail(CNI_ENVIRONMENT, "environment variable is missing", "CNI_COMMAND");
  bool status = is(command, "STATUS");
  bool attachment = is(command, "ADD") || is(command, "DEL") || is(command, "CHECK");
  if (!attachment && !status && !is(command, "GC") && !is(command, "VERSION")) {
    fail(CNI_ENVIRONMENT, "CNI_COMMAND is not a command of the CNI specification", command);
  }
  long limit_ms = status ? STATUS_LIMIT_MS : TIME_LIMIT_MS;
  limit_time(limit_ms, CNI_IO_FAILURE, "the network configuration did not end in the time allowed");
  if (is(command, "VERSION")) answer_version();

  struct slice conf = read_conf();
  if (conf.length > MAX_CONF) fail(CNI_CONFIG, "the network configuration is longer than 1 MiB", NULL);
  if (!json_is_object(conf)) fail(CNI_UNDECODABLE, "the network configuration on stdin is not a JSON object", NULL);
  report_version(json_member(conf, "cniVersion"));

  if (status && !starts_with(json_member(conf, "strictStatus"), 't')) exit(0);
  if (attachment && pod_is_not_ours(conf)) pass_through(command, conf);
  enum cni_error when_down = status ? CNI_NOT_READY : CNI_TRY_AGAIN_LATER;
  limit_time(limit_ms, when_down, "the ovn4nfv agent did not answer in the time allowed");
  ask_agent(conf, when_down);
}
