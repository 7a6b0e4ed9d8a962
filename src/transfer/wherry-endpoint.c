#include "transfer/wherry-endpoint.h"

#include <string.h>

#include "base/wherry-text.h"

/**
 * wherry_endpoint_new_local:
 * @path: a path on this machine, as bytes
 *
 * Returns: (transfer full): an endpoint
 */
WherryEndpoint *
wherry_endpoint_new_local (const char *path)
{
  g_return_val_if_fail (path != NULL, NULL);

  WherryEndpoint *self = g_new0 (WherryEndpoint, 1);
  self->path = g_strdup (path);
  return self;
}

/**
 * wherry_endpoint_new_remote:
 * @login: where and how to log in; copied
 * @path: a path on that server, as bytes; "" is the login's home folder
 *
 * Returns: (transfer full): an endpoint
 */
WherryEndpoint *
wherry_endpoint_new_remote (const WherryLogin *login, const char *path)
{
  g_return_val_if_fail (login != NULL && path != NULL, NULL);

  WherryEndpoint *self = wherry_endpoint_new_local (path);
  self->login = wherry_login_copy (login);
  return self;
}

/**
 * wherry_endpoint_copy:
 * @self: an endpoint
 *
 * Returns: (transfer full): a deep copy
 */
WherryEndpoint *
wherry_endpoint_copy (const WherryEndpoint *self)
{
  WherryEndpoint *copy = self->login != NULL ? wherry_endpoint_new_remote (self->login, self->path)
                                             : wherry_endpoint_new_local (self->path);
  copy->protocol = self->protocol;
  return copy;
}

/**
 * wherry_endpoint_free:
 * @self: (transfer full) (nullable): an endpoint
 */
void
wherry_endpoint_free (WherryEndpoint *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->login, wherry_login_free);
  g_free (self->path);
  g_free (self);
}

/**
 * wherry_endpoint_is_remote:
 * @self: an endpoint
 *
 * Returns: whether it is on a server
 */
gboolean
wherry_endpoint_is_remote (const WherryEndpoint *self)
{
  return self->login != NULL;
}

/**
 * wherry_endpoint_dup_name:
 * @self: an endpoint
 *
 * Returns: (transfer full) (nullable): the last part of its path, as bytes;
 *   %NULL if that part is no name: empty, `.`, `..`, `/`, `~` or `~user`
 */
char *
wherry_endpoint_dup_name (const WherryEndpoint *self)
{
  gsize end = strlen (self->path);
  while (end > 0 && self->path[end - 1] == '/')
    end--;

  gsize start = end;
  while (start > 0 && self->path[start - 1] != '/')
    start--;

  const char *name = self->path + start;
  gsize length = end - start;

  if (length == 0 || (length == 1 && name[0] == '.')
      || (length == 2 && memcmp (name, "..", 2) == 0))
    return NULL;
  if (start == 0 && name[0] == '~' && wherry_endpoint_is_remote (self))
    return NULL;
  return g_strndup (name, length);
}

/**
 * wherry_endpoint_to_display:
 * @self: an endpoint
 *
 * Returns: (transfer full): it in one line of valid UTF-8, as a person writes
 *   it: the path, or `user@host:path`
 */
char *
wherry_endpoint_to_display (const WherryEndpoint *self)
{
  g_autofree char *path = wherry_text_display_name (self->path);

  if (self->login == NULL)
    return g_steal_pointer (&path);

  gboolean bracketed = strchr (self->login->host, ':') != NULL;
  return g_strdup_printf ("%s@%s%s%s:%s", self->login->user, bracketed ? "[" : "",
                          self->login->host, bracketed ? "]" : "", path);
}
