#include "ssh/wherry-login.h"

/**
 * wherry_login_new:
 * @user: the account on the server
 * @host: name or address of the server, without brackets
 * @port: TCP port
 *
 * Returns: (transfer full): a login with everything else at its default
 */
WherryLogin *
wherry_login_new (const char *user, const char *host, guint16 port)
{
  g_return_val_if_fail (user != NULL, NULL);
  g_return_val_if_fail (host != NULL, NULL);

  WherryLogin *self = g_new0 (WherryLogin, 1);

  self->user = g_strdup (user);
  self->host = g_strdup (host);
  self->port = port;
  return self;
}

/**
 * wherry_login_copy:
 * @self: a login
 *
 * Returns: (transfer full): an equal login that shares nothing with @self
 */
WherryLogin *
wherry_login_copy (const WherryLogin *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  WherryLogin *copy = wherry_login_new (self->user, self->host, self->port);

  copy->host_key_name = g_strdup (self->host_key_name);
  copy->identity_files = g_strdupv (self->identity_files);
  copy->identities_only = self->identities_only;
  copy->methods = g_strdupv (self->methods);
  copy->ciphers = g_strdup (self->ciphers);
  copy->kex_algorithms = g_strdup (self->kex_algorithms);
  copy->host_key_algorithms = g_strdup (self->host_key_algorithms);
  copy->known_hosts_files = g_strdupv (self->known_hosts_files);
  copy->connect_timeout = self->connect_timeout;
  copy->keepalive_interval = self->keepalive_interval;
  copy->address_family = self->address_family;
  copy->proxy = g_strdup (self->proxy);
  copy->via = self->via != NULL ? wherry_login_copy (self->via) : NULL;
  return copy;
}

/**
 * wherry_login_free:
 * @self: (transfer full) (nullable): a login
 */
void
wherry_login_free (WherryLogin *self)
{
  if (self == NULL)
    return;

  g_free (self->host);
  g_free (self->user);
  g_free (self->host_key_name);
  g_strfreev (self->identity_files);
  g_strfreev (self->methods);
  g_free (self->ciphers);
  g_free (self->kex_algorithms);
  g_free (self->host_key_algorithms);
  g_strfreev (self->known_hosts_files);
  g_free (self->proxy);
  wherry_login_free (self->via);
  g_free (self);
}

static gboolean
strv_equal_or_null (char **a, char **b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return g_strv_equal ((const char *const *) a, (const char *const *) b);
}

/**
 * wherry_login_equal:
 * @a: a login
 * @b: another one
 *
 * Says whether a connection made for one serves the other as well. Host names
 * are compared as DNS does (RFC 4343): case does not count.
 *
 * Returns: %TRUE if the two log in the same way
 */
gboolean
wherry_login_equal (const WherryLogin *a, const WherryLogin *b)
{
  g_return_val_if_fail (a != NULL, FALSE);
  g_return_val_if_fail (b != NULL, FALSE);

  return a->port == b->port && g_strcmp0 (a->user, b->user) == 0
         && g_ascii_strcasecmp (a->host, b->host) == 0
         && g_strcmp0 (a->host_key_name, b->host_key_name) == 0
         && a->identities_only == b->identities_only && g_strcmp0 (a->ciphers, b->ciphers) == 0
         && g_strcmp0 (a->kex_algorithms, b->kex_algorithms) == 0
         && g_strcmp0 (a->host_key_algorithms, b->host_key_algorithms) == 0
         && a->address_family == b->address_family && g_strcmp0 (a->proxy, b->proxy) == 0
         && strv_equal_or_null (a->identity_files, b->identity_files)
         && strv_equal_or_null (a->methods, b->methods)
         && strv_equal_or_null (a->known_hosts_files, b->known_hosts_files)
         && (a->via == NULL || b->via == NULL ? a->via == b->via
                                              : wherry_login_equal (a->via, b->via));
}

/**
 * wherry_login_set_via:
 * @self: a login
 * @via: (nullable) (transfer full): the login at the host that @self is reached
 *   through
 */
void
wherry_login_set_via (WherryLogin *self, WherryLogin *via)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (via != self);

  wherry_login_free (self->via);
  self->via = via;
}

/**
 * wherry_login_count_hops:
 * @self: a login
 *
 * Returns: how many hosts lie on the way to it
 */
guint
wherry_login_count_hops (const WherryLogin *self)
{
  guint n = 0;

  g_return_val_if_fail (self != NULL, 0);

  for (const WherryLogin *hop = self->via; hop != NULL; hop = hop->via)
    n++;
  return n;
}

/**
 * wherry_login_get_host_key_name:
 * @self: a login
 *
 * Returns: (transfer none): the name under which the host's keys are recorded
 */
const char *
wherry_login_get_host_key_name (const WherryLogin *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->host_key_name != NULL ? self->host_key_name : self->host;
}

/**
 * wherry_login_get_host_key_port:
 * @self: a login
 *
 * A name given for the keys alone stands for itself, whatever port leads there
 * (ssh_config(5), HostKeyAlias).
 *
 * Returns: the port under which the host's keys are recorded
 */
guint16
wherry_login_get_host_key_port (const WherryLogin *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->host_key_name != NULL ? 22 : self->port;
}
