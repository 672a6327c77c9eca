/* What the shim says on stdout when it has to speak for itself: CNI error objects (CNI specification, section 5). */
#ifndef REPORT_H
#define REPORT_H

#include "json.h"

enum cni_error {
  CNI_ENVIRONMENT = 4,
  CNI_IO_FAILURE = 5,
  CNI_UNDECODABLE = 6,
  CNI_CONFIG = 7,
  CNI_TRY_AGAIN_LATER = 11,
  CNI_NOT_READY = 50,
};

/* Errors carry the cniVersion of the configuration once it is known; what is not a version is ignored. */
void report_version(struct slice value);
const char *reported_version(void);

/* Writes everything to stdout, or ends the process with status 1 when nobody reads it. */
void print(struct slice text);

/* Prints the error `message: subject` (subject may be NULL) and ends the process with status 1. */
_Noreturn void fail(enum cni_error code, const char *message, const char *subject);

/* From now on, when `ms` have passed since the first call, the process fails with this code and message. */
void limit_time(long ms, enum cni_error code, const char *message);

/* The answer is there: writing it out has no limit. */
void lift_time_limit(void);

#endif
