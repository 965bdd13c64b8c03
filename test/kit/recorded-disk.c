// Loaded into a process: what it does to files below $WEFT_TEST_RECORD_UNDER is written to $WEFT_TEST_RECORD, in the order in which it happened: a line for each
// operation, and the bytes behind the line of a write. What it prints on standard output is written there as well: by then it has acknowledged something.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 4096
#define LONGEST 1024

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char *names[MOST_FILES];
static int record = -1;
static const char *under;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("WEFT_TEST_RECORD");
  under = getenv("WEFT_TEST_RECORD_UNDER");
  if (path == NULL || under == NULL) return;
  record = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int ours(const char *path) {
  size_t length = under == NULL ? 0 : strlen(under);
  return record >= 0 && path != NULL && strncmp(path, under, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static const char *name_of(int file) { return file >= 0 && file < MOST_FILES ? names[file] : NULL; }

static void forget(int file) {
  if (name_of(file) == NULL) return;
  free(names[file]);
  names[file] = NULL;
}

static void note(const void *bytes, size_t length, const char *format, ...) {
  char line[2 * LONGEST + 128];
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  struct iovec parts[2] = {{line, size}, {(void *)bytes, length}};
  (void)!syscall(SYS_writev, record, parts, length > 0 ? 2 : 1);
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
  pthread_mutex_lock(&turn);
  struct stat before;
  int there = ours(path) && stat(path, &before) == 0;
  int file = syscall(SYS_openat, folder, path, flags, mode);
  if (file >= 0) forget(file);
  if (file >= 0 && file < MOST_FILES && ours(path)) {
    names[file] = strdup(path);
    if (!there) note(NULL, 0, "create %s\n", path);
    else if (flags & O_TRUNC) note(NULL, 0, "truncate 0 %s\n", path);
  }
  pthread_mutex_unlock(&turn);
  return file;
}

#define WITH_MODE(flags, mode)                                                                     \
  mode_t mode = 0;                                                                                 \
  if ((flags) & (O_CREAT | O_TMPFILE)) {                                                           \
    va_list arguments;                                                                             \
    va_start(arguments, flags);                                                                    \
    mode = va_arg(arguments, mode_t);                                                              \
    va_end(arguments);                                                                             \
  }

int open(const char *path, int flags, ...) { WITH_MODE(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { WITH_MODE(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { WITH_MODE(flags, mode) return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { WITH_MODE(flags, mode) return opened(folder, path, flags, mode); }

int close(int file) {
  pthread_mutex_lock(&turn);
  forget(file);
  int result = syscall(SYS_close, file);
  pthread_mutex_unlock(&turn);
  return result;
}

static off_t end_of(int file) {
  struct stat now;
  return fstat(file, &now) == 0 ? now.st_size : 0;
}

static ssize_t written(int file, const void *bytes, size_t length, off_t at) {
  pthread_mutex_lock(&turn);
  const char *name = name_of(file);
  if (name != NULL && at < 0) at = syscall(SYS_fcntl, file, F_GETFL) & O_APPEND ? end_of(file) : lseek(file, 0, SEEK_CUR);
  else if (name == NULL && at >= 0) name = "";
  ssize_t done = name != NULL && at >= 0 ? syscall(SYS_pwrite64, file, bytes, length, at) : syscall(SYS_write, file, bytes, length);
  if (done > 0 && name != NULL && *name != 0) note(bytes, done, "write %lld %lld %s\n", (long long)at, (long long)done, name);
  if (done > 0 && file == STDOUT_FILENO && record >= 0) note(bytes, done, "said %lld\n", (long long)done);
  pthread_mutex_unlock(&turn);
  return done;
}

ssize_t write(int file, const void *bytes, size_t length) {
  // The place moves on as well; only what is recorded is written by place.
  off_t at = name_of(file) == NULL ? -1 : (syscall(SYS_fcntl, file, F_GETFL) & O_APPEND) ? end_of(file) : lseek(file, 0, SEEK_CUR);
  ssize_t done = written(file, bytes, length, at);
  if (at >= 0 && done > 0) lseek(file, at + done, SEEK_SET);
  return done;
}
ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) { return written(file, bytes, length, at); }
ssize_t pwrite64(int file, const void *bytes, size_t length, off_t at) { return written(file, bytes, length, at); }
ssize_t writev(int file, const struct iovec *parts, int count) {
  if (name_of(file) == NULL) return syscall(SYS_writev, file, parts, count);
  ssize_t all = 0;
  for (int n = 0; n < count; n++) {
    ssize_t done = write(file, parts[n].iov_base, parts[n].iov_len);
    if (done < 0) return all > 0 ? all : done;
    all += done;
  }
  return all;
}

#define RECORDED(call, ...)                                                                        \
  pthread_mutex_lock(&turn);                                                                       \
  int result = call;                                                                               \
  if (result == 0) {                                                                               \
    __VA_ARGS__;                                                                                   \
  }                                                                                                \
  pthread_mutex_unlock(&turn);                                                                     \
  return result;

static int synced(int file, int call) {
  RECORDED((int)syscall(call, file), if (name_of(file) != NULL) note(NULL, 0, "sync %s\n", name_of(file)))
}
int fsync(int file) { return synced(file, SYS_fsync); }
int fdatasync(int file) { return synced(file, SYS_fdatasync); }
static int cut(int file, off_t length) {
  RECORDED((int)syscall(SYS_ftruncate, file, length), if (name_of(file) != NULL) note(NULL, 0, "truncate %lld %s\n", (long long)length, name_of(file)))
}
int ftruncate(int file, off_t length) { return cut(file, length); }
int ftruncate64(int file, off_t length) { return cut(file, length); }
int rename(const char *from, const char *to) {
  RECORDED((int)syscall(SYS_rename, from, to), if (ours(from)) note(NULL, 0, "rename %s\n%s\n", from, to))
}
int link(const char *from, const char *to) { RECORDED((int)syscall(SYS_link, from, to), if (ours(from)) note(NULL, 0, "link %s\n%s\n", from, to)) }
int unlink(const char *path) { RECORDED((int)syscall(SYS_unlink, path), if (ours(path)) note(NULL, 0, "unlink %s\n", path)) }
int rmdir(const char *path) { RECORDED((int)syscall(SYS_rmdir, path), if (ours(path)) note(NULL, 0, "unlink %s\n", path)) }
int unlinkat(int folder, const char *path, int flags) {
  RECORDED((int)syscall(SYS_unlinkat, folder, path, flags), if (ours(path)) note(NULL, 0, "unlink %s\n", path))
}
int remove(const char *path) { return unlink(path) == 0 ? 0 : rmdir(path); }
int mkdir(const char *path, mode_t mode) { RECORDED((int)syscall(SYS_mkdir, path, mode), if (ours(path)) note(NULL, 0, "mkdir %s\n", path)) }
