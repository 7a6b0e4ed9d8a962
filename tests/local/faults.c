#include "faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Fault armed;
static guint to_skip;
static int armed_errno;
static guint n_interrupted;
static GPtrArray *calls;

void
fault_arm (Fault fault, guint skip, int errno_value)
{
  pthread_mutex_lock (&lock);
  armed = fault;
  to_skip = skip;
  armed_errno = errno_value;
  pthread_mutex_unlock (&lock);
}

void
fault_disarm (void)
{
  fault_arm (FAULT_NONE, 0, 0);
}

static int
next_fault (Fault fault)
{
  int result = 0;

  pthread_mutex_lock (&lock);
  if (armed == fault && to_skip > 0)
    to_skip--;
  else if (armed == fault)
    result = armed_errno;
  pthread_mutex_unlock (&lock);
  return result;
}

void
fault_log_begin (void)
{
  pthread_mutex_lock (&lock);
  g_assert (calls == NULL);
  calls = g_ptr_array_new ();
  pthread_mutex_unlock (&lock);
}

void
fault_log_add (const char *line)
{
  pthread_mutex_lock (&lock);
  if (calls != NULL)
    g_ptr_array_add (calls, g_strdup (line));
  pthread_mutex_unlock (&lock);
}

char **
fault_log_end (void)
{
  pthread_mutex_lock (&lock);
  GPtrArray *array = g_steal_pointer (&calls);
  pthread_mutex_unlock (&lock);
  g_ptr_array_add (array, NULL);
  return (char **) g_ptr_array_free (array, FALSE);
}

static void
log_inode (const char *call, guint64 inode)
{
  char line[60];

  g_snprintf (line, sizeof line, "%s %" G_GUINT64_FORMAT, call, inode);
  fault_log_add (line);
}

static gpointer
real (const char *name)
{
  gpointer function = dlsym (RTLD_NEXT, name);

  g_assert (function != NULL);
  return function;
}

static mode_t
type_of (int fd, guint64 *inode)
{
  struct stat st;

  if (fstat (fd, &st) < 0)
    return 0;
  if (inode != NULL)
    *inode = st.st_ino;
  return st.st_mode & S_IFMT;
}

ssize_t
write (int fd, const void *data, size_t length)
{
  static ssize_t (*next) (int, const void *, size_t);
  int fault = 0;

  if (g_atomic_pointer_get (&next) == NULL)
    g_atomic_pointer_set (&next, real ("write"));
  if (type_of (fd, NULL) == S_IFREG)
    {
      fault = next_fault (FAULT_WRITE);
      if (fault == 0 && next_fault (FAULT_WRITE_INTERRUPTED) != 0)
        {
          if (g_atomic_int_add (&n_interrupted, 1) % 2 == 0)
            fault = EINTR;
          else
            length = MAX (1, length / 3);
        }
    }
  if (fault != 0)
    {
      errno = fault;
      return -1;
    }
  return next (fd, data, length);
}

int
fsync (int fd)
{
  static int (*next) (int);
  guint64 inode = 0;
  mode_t type = type_of (fd, &inode);
  int fault = next_fault (type == S_IFDIR ? FAULT_FSYNC_DIRECTORY : FAULT_FSYNC_FILE);

  if (g_atomic_pointer_get (&next) == NULL)
    g_atomic_pointer_set (&next, real ("fsync"));
  if (fault != 0)
    {
      errno = fault;
      return -1;
    }
  int result = next (fd);
  log_inode (type == S_IFDIR ? "fsync-dir" : "fsync", inode);
  return result;
}

int
close (int fd)
{
  static int (*next) (int);
  int fault = 0;

  if (g_atomic_pointer_get (&next) == NULL)
    g_atomic_pointer_set (&next, real ("close"));
  if (type_of (fd, NULL) == S_IFREG && (fcntl (fd, F_GETFL) & O_ACCMODE) == O_WRONLY)
    fault = next_fault (FAULT_CLOSE_FILE);
  int result = next (fd);
  if (fault != 0)
    {
      errno = fault;
      return -1;
    }
  return result;
}

int
renameat (int from_fd, const char *from, int to_fd, const char *to)
{
  static int (*next) (int, const char *, int, const char *);
  int fault = next_fault (FAULT_RENAME);
  struct stat st = { 0 };

  if (g_atomic_pointer_get (&next) == NULL)
    g_atomic_pointer_set (&next, real ("renameat"));
  if (fault != 0)
    {
      errno = fault;
      return -1;
    }
  (void) fstatat (from_fd, from, &st, AT_SYMLINK_NOFOLLOW);
  log_inode ("rename", st.st_ino);
  return next (from_fd, from, to_fd, to);
}

int
linkat (int from_fd, const char *from, int to_fd, const char *to, int flags)
{
  static int (*next) (int, const char *, int, const char *, int);
  int fault = next_fault (FAULT_LINK);

  if (g_atomic_pointer_get (&next) == NULL)
    g_atomic_pointer_set (&next, real ("linkat"));
  if (fault != 0)
    {
      errno = fault;
      return -1;
    }
  return next (from_fd, from, to_fd, to, flags);
}

int
fallocate (int fd, int mode, off_t offset, off_t length)
{
  static int (*next) (int, int, off_t, off_t);
  int fault = next_fault (FAULT_RESERVE);

  if (g_atomic_pointer_get (&next) == NULL)
    g_atomic_pointer_set (&next, real ("fallocate64"));
  if (fault != 0)
    {
      errno = fault;
      return -1;
    }
  return next (fd, mode, offset, length);
}

int
openat (int fd, const char *path, int flags, ...)
{
  static int (*next) (int, const char *, int, ...);
  mode_t mode = 0;

  if (g_atomic_pointer_get (&next) == NULL)
    g_atomic_pointer_set (&next, real ("openat64"));
  if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))
    {
      va_list arguments;
      va_start (arguments, flags);
      mode = va_arg (arguments, mode_t);
      va_end (arguments);
    }
  int fault = (flags & O_TMPFILE) == O_TMPFILE ? next_fault (FAULT_NAMELESS) : 0;
  if (fault != 0)
    {
      errno = fault;
      return -1;
    }
  return next (fd, path, flags, mode);
}

ssize_t
getrandom (void *buffer, size_t length, unsigned int flags)
{
  static ssize_t (*next) (void *, size_t, unsigned int);
  gboolean zeros;

  if (g_atomic_pointer_get (&next) == NULL)
    g_atomic_pointer_set (&next, real ("getrandom"));
  pthread_mutex_lock (&lock);
  zeros = armed == FAULT_RANDOM && to_skip > 0;
  if (zeros)
    to_skip--;
  pthread_mutex_unlock (&lock);
  if (!zeros)
    return next (buffer, length, flags);
  memset (buffer, 0, length);
  return (ssize_t) length;
}

long
syscall (long number, ...)
{
  static long (*next) (long, ...);
  va_list arguments;
  long a[6];

  if (g_atomic_pointer_get (&next) == NULL)
    g_atomic_pointer_set (&next, real ("syscall"));
  va_start (arguments, number);
  for (guint i = 0; i < G_N_ELEMENTS (a); i++)
    a[i] = va_arg (arguments, long);
  va_end (arguments);
  int fault = number == SYS_openat2 ? next_fault (FAULT_OPENAT2) : 0;
  if (fault != 0)
    {
      errno = fault;
      return -1;
    }
  return next (number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
