#include "report.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "protocol.h"

static char version[16] = NEWEST_VERSION;
/* This text is formatted before the alarm can come, so that the signal handler only has to write it out. */
static char late_text[1024];
static volatile sig_atomic_t late_length;

void report_version(struct slice value) {
  char text[sizeof version];
  if (json_string_copy(value, text, sizeof text) && strspn(text, "0123456789.") == strlen(text)) {
    memcpy(version, text, sizeof version);
  }
}

const char *reported_version(void) { return version; }

void print(struct slice text) {
  while (text.length > 0) {
    ssize_t written = write(STDOUT_FILENO, text.at, text.length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) exit(1);
    text.at += written;
    text.length -= (size_t)written;
  }
}

/* The subject may come from the environment. So quotes, backslashes and characters that cannot be printed become `?`. */
static size_t format_error(char *out, size_t size, enum cni_error code, const char *message, const char *subject) {
  char plain[256] = "";
  for (size_t i = 0; subject != NULL && subject[i] != '\0' && i + 1 < sizeof plain; i++) {
    char c = subject[i];
    plain[i] = c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '?' : c;
    plain[i + 1] = '\0';
  }
  const char *colon = subject == NULL ? "" : ": ";
  int length = snprintf(out, size, "{\"cniVersion\":\"%s\",\"code\":%d,\"msg\":\"%s%s%s\"}\n", version, (int)code,
                        message, colon, plain);
  return (size_t)length < size ? (size_t)length : size - 1;
}

_Noreturn void fail(enum cni_error code, const char *message, const char *subject) {
  char text[1024];
  lift_time_limit();
  struct slice line = {text, format_error(text, sizeof text, code, message, subject)};
  print(line);
  exit(1);
}

static void on_alarm(int signal_number) {
  (void)signal_number;
  ssize_t written = write(STDOUT_FILENO, late_text, (size_t)late_length);
  _exit(written < 0 ? 2 : 1);
}

void limit_time(long ms, enum cni_error code, const char *message) {
  static bool armed;
  sigset_t alarm_only;
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  sigprocmask(SIG_BLOCK, &alarm_only, NULL);
  late_length = (sig_atomic_t)format_error(late_text, sizeof late_text, code, message, NULL);
  if (!armed) {
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval limit = {.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &limit, NULL);
    armed = true;
  }
  sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
}

void lift_time_limit(void) {
  struct itimerval none = {.it_value = {.tv_sec = 0}};
  setitimer(ITIMER_REAL, &none, NULL);
}
