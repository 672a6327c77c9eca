/* Feeds the shim with what a socket answers that need not be an agent's. */
#include "agent.c"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int ends[2];
  struct answer answer = {0, {NULL, 0}};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) abort();
  /* The whole answer fits into the socket, so nobody waits. */
  if (size > 65536) size = 65536;
  if (send(ends[0], data, size, MSG_NOSIGNAL) != (ssize_t)size) abort();
  close(ends[0]);
  enum agent_outcome outcome = receive(ends[1], &answer);
  close(ends[1]);
  if (outcome != AGENT_ANSWERED) return 0;
  if (answer.status < 0 || answer.status > 255 || answer.text.length > size) abort();
  if (memcmp(answer.text.at, data + size - answer.text.length, answer.text.length) != 0) abort();
  return 0;
}
