/* Makes one call to the agent over its unix socket. cni/contract/shim-protocol.ts is the other end and describes the bytes. */
#ifndef AGENT_H
#define AGENT_H

#include "json.h"

enum agent_outcome {
  AGENT_ANSWERED,
  AGENT_UNREACHABLE, /* nothing was sent */
  AGENT_STRANGER,    /* another user listens there; nothing was sent */
  AGENT_GONE,        /* the connection ended before the answer was complete */
  AGENT_GARBLED,     /* the bytes that came are not an answer */
};

struct answer {
  int status;
  struct slice text;
};

/* Sends environment and configuration, and waits for the whole answer. The caller limits the time. */
enum agent_outcome call_agent(const char *socket_path, struct slice environment, struct slice conf,
                              struct answer *answer);

#endif
