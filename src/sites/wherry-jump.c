#include "config.h"

#include "sites/wherry-jump.h"

#include <glib/gi18n-lib.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"

#define SHOWN_MAX 200
#define DEFAULT_PORT 22

static WherryLogin *
make_hop (const WherryLogin *login,
          const char *jump,
          WherryJumpLoginFunc make_login,
          gpointer user_data,
          GError **error)
{
  g_autoptr (WherryLocation) location = wherry_location_parse_host (jump, error);

  if (location == NULL)
    return NULL;
  if (*location->path != '\0')
    {
      g_autofree char *shown = wherry_text_escape (jump, -1, SHOWN_MAX);

      g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
                   _ ("“%s” names a folder; a host on the way is written “user@host:port”"), shown);
      return NULL;
    }
  if (make_login != NULL)
    return make_login (location, user_data, error);
  return wherry_login_new (location->user != NULL ? location->user : login->user, location->host,
                           location->port != 0 ? location->port : DEFAULT_PORT);
}

/**
 * wherry_jump_apply:
 * @login: where to go
 * @jumps: the hosts that lead there, each as `user@host:port`, the nearest first
 * @make_login: (nullable): how to log in at each; %NULL: with nothing but what
 *   is written there, and the user of @login
 * @user_data: for @make_login
 * @error: return location; %WHERRY_ERROR_BAD_LOCATION, or what @make_login has
 *
 * Has @login lead through these hosts, in place of any it led through before.
 * What the nearest one itself leads through stays.
 *
 * Returns: whether that is a way
 */
gboolean
wherry_jump_apply (WherryLogin *login,
                   const char *const *jumps,
                   WherryJumpLoginFunc make_login,
                   gpointer user_data,
                   GError **error)
{
  g_autoptr (WherryLogin) way = NULL;

  g_return_val_if_fail (login != NULL, FALSE);

  for (gsize i = 0; jumps != NULL && jumps[i] != NULL; i++)
    {
      WherryLogin *hop = make_hop (login, jumps[i], make_login, user_data, error);

      if (hop == NULL)
        return FALSE;
      if (i > 0)
        wherry_login_set_via (hop, g_steal_pointer (&way));
      g_clear_pointer (&way, wherry_login_free);
      way = hop;
      if (wherry_login_count_hops (way) >= WHERRY_LOGIN_HOPS_MAX)
        {
          g_autofree char *shown = wherry_text_escape (login->host, -1, SHOWN_MAX);

          g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_BAD_LOCATION,
                       /* Translators: %d is a number, %s a host name */
                       _ ("More than %d hosts lie on the way to “%s”"), WHERRY_LOGIN_HOPS_MAX,
                       shown);
          return FALSE;
        }
    }
  wherry_login_set_via (login, g_steal_pointer (&way));
  return TRUE;
}
