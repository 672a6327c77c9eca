/* Prints CNI error objects (CNI specification, section 5) on stdout, for errors that the shim itself reports. */
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

/* Sets the cniVersion that errors carry to that of the configuration. A value that is no version is ignored. */
void report_version(struct slice value);
const char *reported_version(void);

/* Writes the whole text to stdout, or ends the process with status 1 when nobody reads it. */
void print(struct slice text);

/* Prints the error `message: subject` (subject may be NULL) and ends the process with status 1. */
_Noreturn void fail(enum cni_error code, const char *message, const char *subject);

/* Lets the process fail with this code and message when `ms` have passed since the first call of this function. */
void limit_time(long ms, enum cni_error code, const char *message);

/* Ends the time limit. The answer has come, and writing it out has no limit. */
void lift_time_limit(void);

#endif
