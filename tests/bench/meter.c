/* meter SSHD [ARGUMENT...]: listens on a free port of 127.0.0.1, writes its number and a line end
 * to stdout, and starts the command for every connection, which is its stdin and stdout, as inetd
 * would.
 *
 * For every line on stdin it waits until all connections are over and writes a line with the
 * processor seconds, the sum of the peak memories (KiB) and the number of those that ended since
 * the line before. So what a server spends is known to the microsecond, which a server that lives
 * on tells nobody. Ends, and ends the connections, when its stdin does. */

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64

static pid_t running[CONNECTIONS_MAX];
static int n_running;
static double cpu_seconds;
static long peak_kib;
static int n_ended;

static void
die (const char *what)
{
  perror (what);
  exit (1);
}

static int
listen_on_loopback (void)
{
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (listener < 0 || bind (listener, (const struct sockaddr *) &address, length) < 0
      || listen (listener, CONNECTIONS_MAX) < 0
      || getsockname (listener, (struct sockaddr *) &address, &length) < 0)
    die ("listen");
  printf ("%d\n", ntohs (address.sin_port));
  fflush (stdout);
  return listener;
}

static void
accept_one (int listener, char **command, const sigset_t *signals)
{
  int connection = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);

  if (connection < 0)
    return;
  pid_t child = n_running < CONNECTIONS_MAX ? fork () : -1;
  if (child == 0)
    {
      sigprocmask (SIG_UNBLOCK, signals, NULL);
      if (dup2 (connection, STDIN_FILENO) < 0 || dup2 (connection, STDOUT_FILENO) < 0)
        _exit (127);
      execv (command[0], command);
      _exit (127);
    }
  close (connection);
  if (child > 0)
    running[n_running++] = child;
}

static void
take_ended (void)
{
  struct rusage usage;
  pid_t ended;

  while ((ended = wait4 (-1, NULL, WNOHANG, &usage)) > 0)
    {
      cpu_seconds += (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                     + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
      peak_kib += usage.ru_maxrss;
      n_ended++;
      for (int i = 0; i < n_running; i++)
        if (running[i] == ended)
          running[i] = running[--n_running];
    }
}

static void
tell (void)
{
  printf ("%.6f %ld %d\n", cpu_seconds, peak_kib, n_ended);
  fflush (stdout);
  cpu_seconds = 0;
  peak_kib = n_ended = 0;
}

int
main (int argc, char **argv)
{
  struct signalfd_siginfo information;
  sigset_t signals;
  int n_asked = 0;
  char line[64];

  if (argc < 2)
    {
      fprintf (stderr, "usage: meter SSHD [ARGUMENT...]\n");
      return 2;
    }

  sigemptyset (&signals);
  sigaddset (&signals, SIGCHLD);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  int ended = signalfd (-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (ended < 0)
    die ("signalfd");
  int listener = listen_on_loopback ();

  while (1)
    {
      struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                              { .fd = listener, .events = POLLIN },
                              { .fd = ended, .events = POLLIN } };

      if (poll (fds, 3, -1) < 0 && errno != EINTR)
        die ("poll");
      if (fds[1].revents != 0)
        accept_one (listener, argv + 1, &signals);
      if (fds[2].revents != 0 && read (ended, &information, sizeof information) > 0)
        take_ended ();
      if (fds[0].revents != 0)
        {
          if (read (STDIN_FILENO, line, sizeof line) <= 0)
            break;
          n_asked++;
        }
      if (n_asked > 0 && n_running == 0)
        {
          tell ();
          n_asked = 0;
        }
    }

  for (int i = 0; i < n_running; i++)
    kill (running[i], SIGTERM);
  while (wait (NULL) > 0 || errno == EINTR)
    continue;
  return 0;
}
