/* measure FILE COMMAND [ARGUMENT...]: runs a command and writes to FILE its seconds, the processor
 * seconds and the peak memory (KiB) of it and of those it waited for; exits with its status.
 *
 * A program of its own because a process inherits the peak memory of whoever forked it: Python's
 * would hide that of most clients. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
seconds_of (struct timeval time)
{
  return (double) time.tv_sec + (double) time.tv_usec / 1e6;
}

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

int
main (int argc, char **argv)
{
  struct rusage usage;
  int status;

  if (argc < 3)
    {
      fprintf (stderr, "usage: measure FILE COMMAND [ARGUMENT...]\n");
      return 2;
    }

  double start = now ();
  pid_t child = fork ();
  if (child == 0)
    {
      execvp (argv[2], argv + 2);
      perror (argv[2]);
      _exit (127);
    }
  if (child < 0 || wait4 (child, &status, 0, &usage) < 0)
    {
      perror ("measure");
      return 2;
    }
  double seconds = now () - start;

  FILE *file = fopen (argv[1], "w");
  if (file == NULL
      || fprintf (file, "%.6f %.6f %ld\n", seconds,
                  seconds_of (usage.ru_utime) + seconds_of (usage.ru_stime), usage.ru_maxrss)
             < 0
      || fclose (file) != 0)
    {
      perror (argv[1]);
      return 2;
    }
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}
