#include "config.h"

#include "transfer/wherry-landing.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/random.h>

#include "base/wherry-error.h"
#include "base/wherry-text.h"

/* In a tree, a new file up to this size goes under its own name at once: a rename each would cost
 * the server a process each. Larger ones are worth it, since they are the ones a broken connection
 * cuts. Bytes. */
#define DIRECT_MAX (256 * 1024)

/* The folder a path is in, as the server's own dirname(1) would say. */
static char *
parent_of (const char *path)
{
  gsize end = strlen (path);

  while (end > 1 && path[end - 1] == '/')
    end--;
  while (end > 0 && path[end - 1] != '/')
    end--;
  while (end > 1 && path[end - 1] == '/')
    end--;
  return end == 0 ? g_strdup (".") : g_strndup (path, end);
}

static gboolean
set_not_there (GError **error, const char *path)
{
  g_autofree char *shown = wherry_text_display_name (path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("There is no folder “%s” on the server"),
               shown);
  return FALSE;
}

/* The entry becomes @path itself. */
static gboolean
land_as (WherryLanding *self, const char *path, const WherryLogin *login, GError **error)
{
  const WherryEndpoint itself = { .login = (WherryLogin *) login, .path = (char *) path };
  g_autofree char *name = wherry_endpoint_dup_name (&itself);

  if (name == NULL)
    return set_not_there (error, path);
  self->folder = parent_of (path);
  g_free (self->name);
  self->name = g_steal_pointer (&name);
  return TRUE;
}

/**
 * wherry_landing_find:
 * @self: (out caller-allocates): the landing; clear with wherry_landing_clear()
 * @survey: what stands at the target
 * @target: the target
 * @into: whether the target has to be a folder
 * @source_name: (nullable): the name the top-level entry has at its source; %NULL
 *   for a folder without one (`.`): its entries go into the target
 * @tree: whether that entry is a folder
 * @error: it can't land there
 *
 * Returns: %FALSE on error
 */
gboolean
wherry_landing_find (WherryLanding *self,
                     const WherryRemoteSurvey *survey,
                     const WherryEndpoint *target,
                     gboolean into,
                     const char *source_name,
                     gboolean tree,
                     GError **error)
{
  g_autofree char *shown = wherry_text_display_name (target->path);

  *self = (WherryLanding){ .name = g_strdup (source_name),
                           .asked = g_strdup (target->path),
                           .tree = tree };
  into = into || g_str_has_suffix (target->path, "/");

  switch (survey->target)
    {
    case WHERRY_REMOTE_FOLDER:
      self->folder = g_strdup (*target->path != '\0' ? target->path : ".");
      if (survey->entry == WHERRY_REMOTE_FOLDER && !tree)
        {
          g_autofree char *name = wherry_text_display_name (source_name);
          g_set_error (error, WHERRY_ERROR, WHERRY_ERROR_CONFLICT,
                       _ ("In the server's folder “%s” there is a folder called “%s”; "
                          "it is not replaced by a file"),
                       shown, name);
          return FALSE;
        }
      if (survey->existing != NULL)
        self->existing = g_hash_table_ref (survey->existing);
      self->existing_unknown = survey->existing_unknown;
      if (source_name == NULL)
        {
          g_clear_pointer (&self->folder, g_free);
          return land_as (self, survey->resolved != NULL ? survey->resolved : target->path,
                          target->login, error);
        }
      return TRUE;

    case WHERRY_REMOTE_OTHER:
      if (into || tree)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY,
                       _ ("“%s” on the server is not a folder"), shown);
          return FALSE;
        }
      return land_as (self, target->path, target->login, error);

    case WHERRY_REMOTE_MISSING:
      if (survey->parent_missing)
        {
          g_autofree char *parent = parent_of (target->path);
          return set_not_there (error, into ? target->path : parent);
        }
      if (into)
        return set_not_there (error, target->path);
      return land_as (self, target->path, target->login, error);

    case WHERRY_REMOTE_UNKNOWN:
    default:
      if (source_name == NULL)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       _ ("This server can't tell what “%s” is. Name the folder that is to be "
                          "copied by its own name"),
                       shown);
          return FALSE;
        }
      return TRUE;
    }
}

/**
 * wherry_landing_clear:
 * @self: a landing
 */
void
wherry_landing_clear (WherryLanding *self)
{
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->asked, g_free);
  g_clear_pointer (&self->existing, g_hash_table_unref);
}

static char *
make_command (const char *path, gboolean is_folder, WherryTransferFlags flags, gboolean tree)
{
  g_autofree char *quoted = wherry_text_quote_path (path);

  return g_strconcat ("scp", tree ? " -r" : "", (flags & WHERRY_TRANSFER_PRESERVE) ? " -p" : "",
                      is_folder ? " -d" : "", " -t ", quoted, NULL);
}

/**
 * wherry_landing_make_command:
 * @self: a landing
 * @flags: the transfer's flags
 * @tree: whether a folder is sent
 *
 * Makes the command line of the server's sink. Where the landing folder is
 * known `-d` is given: without it scp would write a *file* of the folder's name
 * should that have gone meanwhile (sink() in scp.c). Where it is not known the
 * server's scp decides, and some (Cisco IOS) refuse `-d`.
 *
 * Returns: (transfer full): the command
 */
char *
wherry_landing_make_command (const WherryLanding *self, WherryTransferFlags flags, gboolean tree)
{
  gboolean is_known = self->folder != NULL;
  return make_command (is_known ? self->folder : self->asked, is_known, flags, tree);
}

/**
 * wherry_landing_guess_command:
 * @target: the target
 * @flags: the transfer's flags
 * @tree: whether a folder is sent
 *
 * Returns: (transfer full): what wherry_landing_make_command() will say if the
 *   target is a folder. Should it be none, that command ends without harm
 */
char *
wherry_landing_guess_command (const WherryEndpoint *target,
                              WherryTransferFlags flags,
                              gboolean tree)
{
  return make_command (*target->path != '\0' ? target->path : ".", TRUE, flags, tree);
}

static gboolean
cut_last_part (char *path)
{
  char *slash = strrchr (path, '/');

  if (slash == NULL)
    return FALSE;
  *slash = '\0';
  return TRUE;
}

/* Whether a path is listed, or leads over one that is: what is no folder of its own there, but
 * leads on, is a link to one, and nobody looked behind it. */
static gboolean
is_taken (GHashTable *existing, const char *path)
{
  g_autofree char *part = g_strdup (path);

  do
    if (g_hash_table_contains (existing, part))
      return TRUE;
  while (cut_last_part (part));
  return FALSE;
}

/**
 * wherry_landing_needs_temporary:
 * @self: a landing
 * @path: a file's path below the landing's folder
 * @size: its size in bytes
 *
 * Returns: whether the file is to go under a temporary name first and get its
 *   own when complete: if it replaces one, and if it is worth it
 */
gboolean
wherry_landing_needs_temporary (const WherryLanding *self, const char *path, guint64 size)
{
  if (self->folder == NULL)
    return FALSE;
  if (!self->tree || size > DIRECT_MAX || self->existing_unknown)
    return TRUE;
  if (self->existing == NULL)
    return FALSE;

  const char *below = strchr (path, '/');
  return below != NULL && is_taken (self->existing, below + 1);
}

/**
 * wherry_landing_new_temporary_name:
 *
 * Returns: (transfer full): a name nobody else uses or can guess
 */
char *
wherry_landing_new_temporary_name (void)
{
  guint64 random;

  if (getrandom (&random, sizeof random, 0) != sizeof random)
    g_error ("The system has no random numbers");
  return g_strdup_printf (".wherry-%016" G_GINT64_MODIFIER "x.part", random);
}
