/*
 * Servers limit how many commands run on one connection (MaxSessions of
 * OpenSSH, which may be 1), and a transfer needs several at once. What finds no
 * place runs on a spare connection to the same login, made at the first need;
 * that one may have a spare of its own.
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"
#include "ssh/wherry-session-private.h"

/* Whether there is no use in waiting for it any more. */
gboolean
wherry_session_has_ended (WherrySession *self)
{
  WherrySessionImpl *impl = wherry_session_get_impl (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&impl->lock);

  return impl->state == WHERRY_SESSION_ENDED || impl->closing;
}

/* The spare connection, up or not; NULL if there is to be none any more. */
static WherrySession *
ref_spare (WherrySessionImpl *impl)
{
  g_autoptr (WherrySession) broken = NULL;
  WherrySession *spare = NULL;

  g_mutex_lock (&impl->lock);
  if (impl->spare != NULL && impl->n_spare_waiting == 0 && wherry_session_has_ended (impl->spare))
    broken = g_steal_pointer (&impl->spare);
  if (impl->spare == NULL && !impl->closing && impl->state == WHERRY_SESSION_CONNECTED)
    {
      impl->spare
          = wherry_session_new_through (impl->login, impl->host_keys, impl->prompter, impl->via);
      wherry_session_set_liveness (impl->spare, impl->keepalive_interval, impl->dead_after);
    }
  if (impl->spare != NULL)
    {
      spare = g_object_ref (impl->spare);
      impl->n_spare_waiting++;
    }
  g_mutex_unlock (&impl->lock);
  return spare;
}

/**
 * wherry_session_probe:
 * @self: a session
 *
 * Has the server asked for a sign of life now, and the connection given up if
 * none comes within a few seconds. For after sleep, and when the network changed.
 */
void
wherry_session_probe (WherrySession *self)
{
  g_return_if_fail (WHERRY_IS_SESSION (self));

  WherrySessionImpl *impl = wherry_session_get_impl (self);
  g_autoptr (WherrySession) spare = NULL;

  atomic_store (&impl->probing, 1);
  wherry_session_impl_wake (impl);
  g_mutex_lock (&impl->lock);
  spare = impl->spare != NULL ? g_object_ref (impl->spare) : NULL;
  g_mutex_unlock (&impl->lock);
  if (spare != NULL)
    wherry_session_probe (spare);
}

static WherrySession *
connect_spare (WherrySession *self, GCancellable *cancellable, GError **error)
{
  WherrySessionImpl *impl = wherry_session_get_impl (self);
  g_autoptr (WherrySession) spare = ref_spare (impl);
  g_autoptr (WherrySession) unwanted = NULL;

  if (spare == NULL)
    {
      g_autofree char *host = wherry_text_escape (impl->login->host, -1, 0);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, _ ("The connection to “%s” is closed"),
                   host);
      return NULL;
    }

  gboolean connected = wherry_session_join_connect (spare, cancellable, error);

  g_mutex_lock (&impl->lock);
  impl->n_spare_waiting--;
  /* It failed, or nobody waits for it any more. */
  if (!connected && impl->n_spare_waiting == 0 && impl->spare == spare)
    unwanted = g_steal_pointer (&impl->spare);
  g_mutex_unlock (&impl->lock);

  if (unwanted != NULL)
    wherry_session_close (unwanted);
  return connected ? g_steal_pointer (&spare) : NULL;
}

/**
 * wherry_session_has_room:
 * @self: a session
 *
 * Returns: whether a command that is asked for now need not wait until another
 *   one is over
 */
gboolean
wherry_session_has_room (WherrySession *self)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), FALSE);

  WherrySessionImpl *impl = wherry_session_get_impl (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&impl->lock);

  return impl->n_streams + g_queue_get_length (&impl->requests) < WHERRY_SESSION_CHANNELS_MAX;
}

static WherryChannel *
open_somewhere (WherrySession *self,
                WherryStreamKind kind,
                const char *target,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (WherrySession) session = g_object_ref (self);

  for (;;)
    {
      if (wherry_session_has_room (session))
        {
          g_autoptr (GError) refusal = NULL;
          g_autoptr (WherryChannel) channel
              = wherry_session_start_channel (session, kind, target, error);

          if (channel == NULL)
            return NULL;
          if (wherry_channel_await_open (channel, cancellable, &refusal))
            return g_steal_pointer (&channel);
          if (!wherry_channel_is_crowded_out (channel))
            {
              g_propagate_error (error, g_steal_pointer (&refusal));
              return NULL;
            }
        }

      WherrySession *spare = connect_spare (session, cancellable, error);
      if (spare == NULL)
        return NULL;
      g_object_unref (session);
      session = spare;
    }
}

/**
 * wherry_session_exec_somewhere:
 * @self: a connected session
 * @command: the command line, as for wherry_session_start()
 * @cancellable: (nullable): to give up
 * @error: return location for an error; as for wherry_session_exec(), and for
 *   wherry_session_connect() where another connection is needed
 *
 * Runs a command and waits until the server accepted it: on this connection, or
 * on another one to the same login where the server lets no more commands run
 * on this one. So several can be held at once. The other connection is closed
 * with this one.
 *
 * Returns: (transfer full): the command's channel, which keeps its session alive
 */
WherryChannel *
wherry_session_exec_somewhere (WherrySession *self,
                               const char *command,
                               GCancellable *cancellable,
                               GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), NULL);
  g_return_val_if_fail (command != NULL, NULL);

  return open_somewhere (self, WHERRY_STREAM_COMMAND, command, cancellable, error);
}

/**
 * wherry_session_open_subsystem_somewhere:
 * @self: a connected session
 * @name: the subsystem, such as `sftp`
 * @cancellable: (nullable): to give up
 * @error: return location for an error, as wherry_session_exec_somewhere() has
 *
 * wherry_session_open_subsystem(), if need be on another connection to the same
 * login.
 *
 * Returns: (transfer full): the subsystem's channel, which keeps its session alive
 */
WherryChannel *
wherry_session_open_subsystem_somewhere (WherrySession *self,
                                         const char *name,
                                         GCancellable *cancellable,
                                         GError **error)
{
  g_return_val_if_fail (WHERRY_IS_SESSION (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return open_somewhere (self, WHERRY_STREAM_SUBSYSTEM, name, cancellable, error);
}
