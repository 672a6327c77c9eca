/* Feeds ovn4nfv-netlink with batches of commands. Its sockets are not open, so messages are built and not sent. */
#define main netlink_main
#include "main.c"
#undef main
#include "links.c"

/* Each link exists, so that the words behind its name are read. */
static int any_link(int socket, const char *name) {
  (void)socket;
  return *name == '\0' ? 0 : 7;
}
#define link_index any_link
#include "routes.c"
#include "shaping.c"

int host_socket = -1;
int pod_socket = -1;
int pod_namespace = -1;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void open_host(void) {}

const char *open_pod(const char *path) {
  pod_socket = *path == '/' ? 1 << 20 : -1;
  return pod_socket < 0 ? "this is no path" : NULL;
}

void close_pod(void) { pod_socket = -1; }

const char *write_pod_setting(const char *name, const char *value) {
  (void)name;
  (void)value;
  return NULL;
}

const char *write_host_setting(const char *name, const char *value) { return write_pod_setting(name, value); }

const char *read_host_digit(const char *name, char digit[2]) {
  (void)name;
  memcpy(digit, "0", 2);
  return NULL;
}

const char *show_state(char **words) {
  (void)words;
  return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool is_silent;
  if (!is_silent && freopen("/dev/null", "w", stdout) == NULL) abort();
  is_silent = true;
  if (size > MAX_BATCH - 2) return 0;
  char *batch = malloc(size + 2);
  if (batch == NULL) abort();
  memcpy(batch, data, size);
  memcpy(batch + size, "\n", 2);
  run_batch(batch);
  free(batch);
  return 0;
}
