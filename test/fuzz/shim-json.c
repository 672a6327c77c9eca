/* Feeds the shim's JSON reader, in the order in which the shim reads a network configuration. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "protocol.h"
#include "report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds) abort();
}

/* A part that was found lies in the text. */
static struct slice part_of(struct slice text, const char *name) {
  struct slice part = json_member(text, name);
  must(part.length == 0 || (part.at >= text.at && part.at + part.length <= text.at + text.length));
  return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct slice conf = {(const char *)data, size};
  char socket_path[108];
  if (!json_is_object(conf)) return 0;
  report_version(part_of(conf, "cniVersion"));
  must(strspn(reported_version(), "0123456789.") == strlen(reported_version()));
  struct slice runtime = part_of(conf, "runtimeConfig");
  if (runtime.length > 0 && *runtime.at == '{') {
    struct slice annotations = part_of(runtime, ANNOTATIONS_CAPABILITY);
    if (annotations.length > 0 && *annotations.at == '{') part_of(annotations, RESULT_ANNOTATION);
  }
  struct slice named = part_of(conf, "agentSocket");
  if (json_string_copy(named, socket_path, sizeof socket_path)) {
    must(strlen(socket_path) > 0 && strlen(socket_path) < sizeof socket_path);
    must(json_string_is(named, socket_path));
  }
  return 0;
}
