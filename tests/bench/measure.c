/* measure FILE COMMAND [ARGUMENT...]: runs a command and writes to FILE its seconds, the processor
 * seconds of it and of all that came of it, and the peak memory (KiB) of the largest of these;
 * exits with its status. Daemons that it leaves behind are waited for, outside of its seconds.
 *
 * A program of its own because a process inherits the peak memory of whoever forked it: Python's
 * would hide that of most clients. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Until what was left behind is ended, in seconds. */
#define PATIENCE 10

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

/* Ends all children, those that were orphaned included. */
static void
end_children (int signal_number)
{
  FILE *file = fopen ("/proc/thread-self/children", "r");
  int pid;

  if (file == NULL)
    return;
  while (fscanf (file, "%d", &pid) == 1)
    kill (pid, SIGKILL);
  fclose (file);
  alarm (1);
}

int
main (int argc, char **argv)
{
  struct rusage usage;
  double cpu_seconds = 0, seconds = 0;
  long peak_kib = 0;
  int status = 0, status_of_one;
  pid_t child, ended;

  if (argc < 3)
    {
      fprintf (stderr, "usage: measure FILE COMMAND [ARGUMENT...]\n");
      return 2;
    }

  prctl (PR_SET_CHILD_SUBREAPER, 1);
  double start = now ();
  child = fork ();
  if (child == 0)
    {
      execvp (argv[2], argv + 2);
      perror (argv[2]);
      _exit (127);
    }
  if (child < 0)
    {
      perror ("measure");
      return 2;
    }

  while ((ended = wait4 (-1, &status_of_one, 0, &usage)) > 0 || errno == EINTR)
    {
      if (ended < 0)
        continue;
      if (ended == child)
        {
          seconds = now () - start;
          status = status_of_one;
          signal (SIGALRM, end_children);
          alarm (PATIENCE);
        }
      cpu_seconds += seconds_of (usage.ru_utime) + seconds_of (usage.ru_stime);
      peak_kib = usage.ru_maxrss > peak_kib ? usage.ru_maxrss : peak_kib;
    }

  FILE *file = fopen (argv[1], "w");
  if (file == NULL || fprintf (file, "%.6f %.6f %ld\n", seconds, cpu_seconds, peak_kib) < 0
      || fclose (file) != 0)
    {
      perror (argv[1]);
      return 2;
    }
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}
