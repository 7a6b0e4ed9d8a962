/* The end of the program: no session's thread outlives what it works with.
 *
 * exit() has libcrypto free its locks, in a handler that it registers when it is
 * used first. A thread that still encrypts or decrypts then crashes. Handlers run
 * in the reverse order, so the one of this file has to be registered later. */
#include "config.h"

#include <stdlib.h>

#include "ssh/wherry-session-private.h"

static GMutex lock;
static GQueue sessions = G_QUEUE_INIT; /* element-type WherrySessionImpl: whose threads run */
static GQueue ended = G_QUEUE_INIT;    /* element-type GThread: done, and joined by nobody yet */

static void
join_ended (void)
{
  GThread *thread;

  do
    {
      g_mutex_lock (&lock);
      thread = g_queue_pop_head (&ended);
      g_mutex_unlock (&lock);
      if (thread != NULL)
        g_thread_join (thread);
  } while (thread != NULL);
}

static void
end_all (void)
{
  WherrySessionImpl *session;

  do
    {
      g_mutex_lock (&lock);
      session = g_queue_peek_head (&sessions);
      if (session != NULL)
        wherry_session_impl_ref (session);
      g_mutex_unlock (&lock);
      if (session != NULL)
        {
          wherry_session_impl_close (session);
          wherry_session_impl_unref (session);
        }
  } while (session != NULL);
  join_ended ();
}

/* Before a session's thread is started. */
void
wherry_session_note_start (WherrySessionImpl *self)
{
  static gsize registered;
  guint8 any;

  if (g_once_init_enter (&registered))
    {
      ssh_get_random (&any, sizeof any, 0); /* libcrypto's first use */
      atexit (end_all);
      g_once_init_leave (&registered, 1);
    }
  join_ended ();
  g_mutex_lock (&lock);
  g_queue_push_tail (&sessions, self);
  g_mutex_unlock (&lock);
}

/* At the end of a session's thread; takes @thread, which is %NULL if somebody joins it. */
void
wherry_session_note_end (WherrySessionImpl *self, GThread *thread)
{
  g_mutex_lock (&lock);
  g_queue_remove (&sessions, self);
  if (thread != NULL)
    g_queue_push_tail (&ended, thread);
  g_mutex_unlock (&lock);
}
