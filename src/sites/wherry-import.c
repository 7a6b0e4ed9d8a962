#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/wherry-text.h"
#include "sites/wherry-bounded-file.h"
#include "sites/wherry-import-private.h"
#include "sites/wherry-site-file.h"

/* More would hide the others. */
#define WARNINGS_MAX 200

static void
free_password (gpointer data)
{
  char *password = data;

  explicit_bzero (password, strlen (password));
  g_free (password);
}

/**
 * wherry_import_new:
 *
 * Returns: (transfer full): an import of nothing
 */
WherryImport *
wherry_import_new (void)
{
  WherryImport *self = g_new0 (WherryImport, 1);

  self->sites = g_ptr_array_new_with_free_func (g_object_unref);
  self->passwords = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_password);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  return self;
}

/**
 * wherry_import_free:
 * @self: (transfer full) (nullable): an import
 */
void
wherry_import_free (WherryImport *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->sites);
  g_hash_table_unref (self->passwords);
  g_ptr_array_unref (self->warnings);
  g_free (self);
}

/**
 * wherry_import_get_password:
 * @self: an import
 * @site: one of its sites
 *
 * Returns: (transfer none) (nullable): the password that stood beside it
 */
const char *
wherry_import_get_password (const WherryImport *self, WherrySite *site)
{
  return g_hash_table_lookup (self->passwords, wherry_site_get_id (site));
}

/**
 * wherry_import_warn:
 * @self: an import
 * @name: (nullable): what is left out, as the other program calls it
 * @reason: why, translated
 */
void
wherry_import_warn (WherryImport *self, const char *name, const char *reason)
{
  g_autofree char *shown = wherry_text_escape (name != NULL ? name : "", -1, 100);

  if (self->warnings->len == WARNINGS_MAX)
    g_ptr_array_add (self->warnings, g_strdup (_ ("More is not listed here.")));
  if (self->warnings->len > WARNINGS_MAX)
    return;
  if (*shown == '\0')
    g_ptr_array_add (self->warnings, g_strdup (reason));
  else
    /* Translators: the name of a server or file, and why it is left out */
    g_ptr_array_add (self->warnings, g_strdup_printf (_ ("“%s”: %s"), shown, reason));
}

/**
 * wherry_import_take:
 * @self: an import
 * @site: (transfer full): a site as the other program has it
 * @password: (nullable): its password; copied
 *
 * Takes the site in if it may be kept as it is, and tells why if not (rule R9).
 */
void
wherry_import_take (WherryImport *self, WherrySite *site, const char *password)
{
  g_autoptr (WherrySite) taken = site;
  g_autoptr (GError) error = NULL;
  g_autofree char *title = NULL;

  title = wherry_site_dup_title (site);
  if (self->sites->len >= WHERRY_IMPORT_SITES_MAX)
    wherry_import_warn (self, title, _ ("these are more servers than can be imported at once"));
  else if (!wherry_site_check (site, &error))
    wherry_import_warn (self, title, error->message);
  else
    {
      if (password != NULL && *password != '\0')
        g_hash_table_insert (self->passwords, g_strdup (wherry_site_get_id (site)),
                             g_strdup (password));
      g_ptr_array_add (self->sites, g_steal_pointer (&taken));
    }
}

/**
 * wherry_import_set_name:
 * @site: a site
 * @field: %WHERRY_SITE_NAME or %WHERRY_SITE_FOLDER
 * @text: a name as another program has it
 *
 * Names are only shown: what can't be kept in one is mended, and is no reason to
 * leave the site out.
 */
void
wherry_import_set_name (WherrySite *site, WherrySiteField field, const char *text)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  g_autofree char *shown = wherry_text_escape (stripped, -1, 200);
  g_autoptr (GString) out = g_string_new (NULL);

  if (field == WHERRY_SITE_NAME)
    g_string_assign (out, shown);
  else
    {
      g_auto (GStrv) parts = g_strsplit (shown, "/", -1);
      guint depth = 0;

      for (char **part = parts; *part != NULL && depth < 8; part++)
        {
          g_strstrip (*part);
          if (**part == '\0')
            continue;
          g_string_append_printf (out, "%s%s", out->len > 0 ? "/" : "", *part);
          depth++;
        }
    }
  if (wherry_site_check_text (field, out->str, NULL))
    wherry_site_set_string (site, field, out->str);
}

/**
 * wherry_import_set_address:
 * @site: a site
 * @text: `[user@]host[:port]` as another program has it
 *
 * Fills host, user and port in. What can't be read stands as the host, for
 * wherry_import_take() to tell.
 */
void
wherry_import_set_address (WherrySite *site, const char *text)
{
  g_autoptr (WherryLocation) location = wherry_location_parse_host (text, NULL);
  g_autofree char *shown = g_utf8_make_valid (text, -1);

  if (location == NULL || *location->path != '\0')
    {
      wherry_site_set_string (site, WHERRY_SITE_HOST, shown);
      return;
    }
  wherry_site_set_string (site, WHERRY_SITE_HOST, location->host);
  if (location->user != NULL)
    wherry_site_set_string (site, WHERRY_SITE_USER, location->user);
  if (location->port != 0)
    wherry_site_set_number (site, WHERRY_SITE_PORT, location->port);
}

/**
 * wherry_import_bookmarks_parse:
 * @self: an import
 * @text: what GTK's file of bookmarks holds: lines of an address and a name
 *
 * Takes in the addresses that begin with `sftp://`.
 */
void
wherry_import_bookmarks_parse (WherryImport *self, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", WHERRY_IMPORT_SITES_MAX);

  for (char **line = lines; *line != NULL; line++)
    {
      g_autoptr (WherryLocation) location = NULL;
      g_autoptr (GError) error = NULL;
      char *name = strchr (*line, ' ');

      if (g_ascii_strncasecmp (*line, "sftp://", 7) != 0)
        continue;
      if (name != NULL)
        *name++ = '\0';
      location = wherry_location_parse (*line, &error);
      if (location == NULL)
        {
          wherry_import_warn (self, name, error->message);
          continue;
        }

      WherrySite *site = wherry_site_new_from_location (location);
      if (name != NULL)
        wherry_import_set_name (site, WHERRY_SITE_NAME, name);
      wherry_import_take (self, site, NULL);
    }
}

/**
 * wherry_import_get_title:
 * @kind: whose sites
 *
 * Returns: (transfer none): the other program's name, translated
 */
const char *
wherry_import_get_title (WherryImportKind kind)
{
  switch (kind)
    {
    case WHERRY_IMPORT_SSH_CONFIG:
      return _ ("OpenSSH configuration");
    case WHERRY_IMPORT_FILEZILLA:
      return _ ("FileZilla");
    case WHERRY_IMPORT_PUTTY:
      return _ ("PuTTY");
    case WHERRY_IMPORT_REMMINA:
      return _ ("Remmina");
    case WHERRY_IMPORT_BOOKMARKS:
      return _ ("Bookmarks of the file browser");
    case WHERRY_IMPORT_WHERRY:
      return _ ("Wherry");
    case WHERRY_IMPORT_N_KINDS:
    default:
      g_return_val_if_reached (NULL);
    }
}

/**
 * wherry_import_dup_usual_path:
 * @kind: whose sites
 *
 * Returns: (transfer full) (nullable): the file or folder that program keeps
 *   them in; %NULL if there is no usual one
 */
char *
wherry_import_dup_usual_path (WherryImportKind kind)
{
  switch (kind)
    {
    case WHERRY_IMPORT_SSH_CONFIG:
      return g_build_filename (g_get_home_dir (), ".ssh", "config", NULL);
    case WHERRY_IMPORT_FILEZILLA:
      return g_build_filename (g_get_user_config_dir (), "filezilla", "sitemanager.xml", NULL);
    case WHERRY_IMPORT_PUTTY:
      return g_build_filename (g_get_home_dir (), ".putty", "sessions", NULL);
    case WHERRY_IMPORT_REMMINA:
      return g_build_filename (g_get_user_data_dir (), "remmina", NULL);
    case WHERRY_IMPORT_BOOKMARKS:
      return g_build_filename (g_get_user_config_dir (), "gtk-3.0", "bookmarks", NULL);
    case WHERRY_IMPORT_WHERRY:
      return NULL;
    case WHERRY_IMPORT_N_KINDS:
    default:
      g_return_val_if_reached (NULL);
    }
}

/**
 * wherry_import_guess_kind:
 * @path: (type filename): a file that a person chose
 *
 * Returns: whose sites are in there, judged by its name
 */
WherryImportKind
wherry_import_guess_kind (const char *path)
{
  g_return_val_if_fail (path != NULL, WHERRY_IMPORT_WHERRY);

  g_autofree char *name = g_path_get_basename (path);

  if (g_str_has_suffix (name, ".xml"))
    return WHERRY_IMPORT_FILEZILLA;
  if (g_str_has_suffix (name, "config"))
    return WHERRY_IMPORT_SSH_CONFIG;
  if (g_str_equal (name, "bookmarks"))
    return WHERRY_IMPORT_BOOKMARKS;
  return WHERRY_IMPORT_WHERRY;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
read_folder (WherryImport *self, WherryImportKind kind, const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL && names->len < WHERRY_IMPORT_SITES_MAX)
    if (kind == WHERRY_IMPORT_PUTTY || g_str_has_suffix (name, ".remmina"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *file = g_build_filename (path, names->pdata[i], NULL);
      g_autoptr (GError) reason = NULL;
      gsize length;
      /* One server a file: none is large. */
      g_autofree char *text
          = wherry_bounded_file_load (file, WHERRY_IMPORT_FILE_MAX / 16, &length, &reason);

      if (text == NULL)
        wherry_import_warn (self, NULL, reason->message);
      else if (kind == WHERRY_IMPORT_PUTTY)
        wherry_import_putty_parse (self, names->pdata[i], text);
      else
        wherry_import_remmina_parse (self, names->pdata[i], text, length);
    }
  return TRUE;
}

static void
read_own (WherryImport *self, const char *text, gsize length, const char *path)
{
  g_autoptr (WherrySiteContent) content = wherry_site_file_parse (text, length, path);

  for (guint i = 0; i < content->sites->len; i++)
    wherry_import_take (self, g_object_ref (content->sites->pdata[i]), NULL);
  for (char **problem = content->problems; *problem != NULL; problem++)
    wherry_import_warn (self, NULL, *problem);
}

static gboolean
read_file (WherryImport *self, WherryImportKind kind, const char *path, GError **error)
{
  gsize length;
  g_autofree char *text = wherry_bounded_file_load (path, WHERRY_IMPORT_FILE_MAX, &length, error);
  gboolean read = TRUE;

  if (text == NULL)
    return FALSE;
  if (kind == WHERRY_IMPORT_FILEZILLA)
    read = wherry_import_filezilla_parse (self, text, length, error);
  else if (kind == WHERRY_IMPORT_BOOKMARKS)
    wherry_import_bookmarks_parse (self, text);
  else
    read_own (self, text, length, path);
  explicit_bzero (text, length);
  return read;
}

/**
 * wherry_import_read:
 * @kind: whose sites
 * @path: (nullable): file or folder; %NULL for the usual one
 * @error: return location; the errno codes of %G_IO_ERROR, %WHERRY_ERROR_BAD_LOCATION
 *
 * Reads another program's sites. Nothing in the files is believed: what may not
 * be is left out, and told. Blocks; any thread.
 *
 * Returns: (transfer full): what was there
 */
WherryImport *
wherry_import_read (WherryImportKind kind, const char *path, GError **error)
{
  g_autofree char *usual = path == NULL ? wherry_import_dup_usual_path (kind) : g_strdup (path);
  g_autoptr (WherryImport) self = wherry_import_new ();
  gboolean read;

  g_return_val_if_fail (usual != NULL, NULL);

  if (kind == WHERRY_IMPORT_SSH_CONFIG)
    read = wherry_import_ssh_config_load (self, usual, error);
  else if (kind == WHERRY_IMPORT_PUTTY || kind == WHERRY_IMPORT_REMMINA)
    read = read_folder (self, kind, usual, error);
  else
    read = read_file (self, kind, usual, error);
  return read ? g_steal_pointer (&self) : NULL;
}

/* What a thread is asked to read; owned. */
typedef struct {
  WherryImportKind kind;
  char *path; /* (nullable) */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_free (request->path);
  g_free (request);
}

static void
read_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Request *request = task_data;
  GError *error = NULL;
  WherryImport *import = wherry_import_read (request->kind, request->path, &error);

  if (import == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, import, (GDestroyNotify) wherry_import_free);
}

/**
 * wherry_import_read_async:
 * @kind: whose sites
 * @path: (nullable): file or folder; %NULL for the usual one
 * @cancellable: (nullable): to lose interest
 * @callback: called when it was read
 * @user_data: for @callback
 *
 * As wherry_import_read(), on another thread.
 */
void
wherry_import_read_async (WherryImportKind kind,
                          const char *path,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Request *request = g_new0 (Request, 1);

  request->kind = kind;
  request->path = g_strdup (path);
  g_task_set_source_tag (task, wherry_import_read_async);
  g_task_set_task_data (task, request, request_free);
  g_task_run_in_thread (task, read_in_thread);
}

/**
 * wherry_import_read_finish:
 * @result: what the callback was given
 * @error: return location; see wherry_import_read()
 *
 * Returns: (transfer full): what was there
 */
WherryImport *
wherry_import_read_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, wherry_import_read_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
