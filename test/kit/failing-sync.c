// Loaded into a process: while the file $WEFT_TEST_NO_SYNC exists, nothing can be synced to disk.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failing(void) {
  const char *path = getenv("WEFT_TEST_NO_SYNC");
  return path != NULL && access(path, F_OK) == 0;
}

static int fail(void) {
  errno = EIO;
  return -1;
}

int fsync(int file) { return failing() ? fail() : (int)syscall(SYS_fsync, file); }

int fdatasync(int file) { return failing() ? fail() : (int)syscall(SYS_fdatasync, file); }
