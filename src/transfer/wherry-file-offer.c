#define FUSE_USE_VERSION 312

#include "transfer/wherry-file-offer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wherry-sandbox.h"
#include "transfer/wherry-fetch.h"

/* Who reads occupies one of these until all is fetched; who only looks needs one more. */
#define MAX_THREADS 64

/* Between two looks whether a program that waits was ended. Milliseconds. */
#define INTERRUPT_CHECK_MS 200

/* So long after the last file was closed another one may be opened by the same program. Seconds. */
#define HOLD_SECONDS 5

#define FOLDER_PREFIX "wherry-files-"

typedef enum {
  OFFER_UNFETCHED,
  OFFER_FETCHING,
  OFFER_FETCHED,
  OFFER_GONE, /* nobody needs it any more, or nobody can fetch it any more */
} OfferState;

struct _WherryFileOffer {
  gatomicrefcount ref_count;
  guint64 id;
  WherryRemoteFiles *files;

  /* The main thread's. */
  WherryQueue *queue;
  WherryFetched *fetched; /* (nullable): from when they are, to when they are let go */
  gboolean released;

  /* Behind the lock. */
  OfferState state;
  gboolean allowed; /* to be opened */
  GPtrArray *paths; /* (nullable) (element-type filename): once fetched; not changed any more */
};

/* The file system: one for the process, mounted at the first offer. */
static struct {
  /* The main thread's. */
  gboolean tried;
  char *folder; /* (nullable): where it is mounted */
  struct fuse *fuse;
  guint hold_id;

  /* Behind the lock. */
  GMutex lock;
  GCond changed;
  GHashTable *offers; /* (element-type guint64 WherryFileOffer): by their ids; owned */
  guint64 last_id;
  guint n_open;
} view;

static WherryFileOffer *
offer_ref (WherryFileOffer *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
offer_unref (WherryFileOffer *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_clear_object (&self->queue);
  g_clear_pointer (&self->paths, g_ptr_array_unref);
  wherry_remote_files_unref (self->files);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryFileOffer, offer_unref)

static void
set_gone (WherryFileOffer *self)
{
  g_mutex_lock (&view.lock);
  self->state = OFFER_GONE;
  g_hash_table_remove (view.offers, &self->id);
  g_cond_broadcast (&view.changed);
  g_mutex_unlock (&view.lock);
}

/* ---- What the main thread does ---- */

static void
on_removed (gpointer user_data)
{
  g_autoptr (WherryFileOffer) self = user_data;
  set_gone (self);
}

static gboolean
on_expired (gpointer user_data)
{
  on_removed (user_data);
  return G_SOURCE_REMOVE;
}

/* Who has the paths may only be about to read. */
static void
let_go (WherryFileOffer *self)
{
  g_mutex_lock (&view.lock);
  gboolean unfetched = self->state == OFFER_UNFETCHED;
  gboolean allowed = self->allowed;
  g_mutex_unlock (&view.lock);

  if (self->fetched != NULL)
    wherry_fetched_remove_later (g_steal_pointer (&self->fetched), on_removed, offer_ref (self));
  else if (unfetched && !allowed)
    set_gone (self);
  else if (unfetched)
    g_timeout_add_seconds (WHERRY_FETCHED_GRACE_SECONDS, on_expired, offer_ref (self));
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (WherryFileOffer) self = user_data;

  self->fetched = wherry_fetch_finish (WHERRY_QUEUE (source), result);

  g_mutex_lock (&view.lock);
  self->paths = g_ptr_array_ref (self->fetched->paths);
  if (self->state == OFFER_FETCHING)
    self->state = OFFER_FETCHED;
  g_cond_broadcast (&view.changed);
  g_mutex_unlock (&view.lock);

  if (self->released)
    let_go (self);
}

static gboolean
fetch (gpointer user_data)
{
  WherryFileOffer *self = user_data;

  wherry_fetch_async (self->queue, self->files, on_fetched, offer_ref (self));
  return G_SOURCE_REMOVE;
}

static gboolean
check_hold (gpointer user_data)
{
  g_mutex_lock (&view.lock);
  gboolean in_use = view.n_open > 0;
  g_mutex_unlock (&view.lock);

  if (in_use)
    return G_SOURCE_CONTINUE;
  view.hold_id = 0;
  if (g_application_get_default () != NULL)
    g_application_release (g_application_get_default ());
  return G_SOURCE_REMOVE;
}

/* A program in the midst of a copy would lose the rest of it with our last window. */
static gboolean
hold (gpointer user_data)
{
  if (view.hold_id == 0)
    {
      if (g_application_get_default () != NULL)
        g_application_hold (g_application_get_default ());
      view.hold_id = g_timeout_add_seconds (HOLD_SECONDS, check_hold, NULL);
    }
  return G_SOURCE_REMOVE;
}

/* ---- What the file system's threads do ---- */

/* What a path in the view stands for: /OFFER-INDEX/NAME/REST. */
typedef struct {
  WherryFileOffer *offer;
  guint index;
  gboolean around;  /* only the folder that NAME is in */
  const char *rest; /* "" or with its slash */
} Place;

static gboolean
find_place (const char *path, Place *place)
{
  char *end;
  guint64 id = g_ascii_strtoull (path + 1, &end, 10);
  guint64 index = *end == '-' ? g_ascii_strtoull (end + 1, &end, 10) : G_MAXUINT64;

  g_mutex_lock (&view.lock);
  WherryFileOffer *offer = g_hash_table_lookup (view.offers, &id);
  if (offer != NULL)
    offer_ref (offer);
  g_mutex_unlock (&view.lock);

  *place = (Place){ .offer = offer, .index = (guint) index, .around = *end == '\0', .rest = "" };
  if (offer != NULL && index < wherry_remote_files_get_n (offer->files)
      && (*end == '\0' || *end == '/'))
    {
      g_autofree char *name = wherry_remote_files_dup_name (offer->files, place->index);

      if (place->around)
        return TRUE;
      if (g_str_has_prefix (end + 1, name))
        {
          place->rest = end + 1 + strlen (name);
          if (*place->rest == '\0' || *place->rest == '/')
            return TRUE;
        }
    }
  g_clear_pointer (&place->offer, offer_unref);
  return FALSE;
}

static void
place_clear (Place *place)
{
  g_clear_pointer (&place->offer, offer_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

/* Has all of the offer fetched; blocks until it is. Returns 0 or a negative errno value. */
static int
await_fetched (WherryFileOffer *self)
{
  int result = 0;

  g_mutex_lock (&view.lock);
  if (self->state == OFFER_UNFETCHED && !self->allowed)
    result = -EAGAIN;
  else if (self->state == OFFER_UNFETCHED)
    {
      self->state = OFFER_FETCHING;
      g_idle_add_full (G_PRIORITY_DEFAULT, fetch, offer_ref (self), (GDestroyNotify) offer_unref);
    }
  while (result == 0 && self->state == OFFER_FETCHING)
    {
      g_cond_wait_until (&view.changed, &view.lock,
                         g_get_monotonic_time () + INTERRUPT_CHECK_MS * G_TIME_SPAN_MILLISECOND);
      if (fuse_interrupted ())
        result = -EINTR;
    }
  if (result == 0 && self->state == OFFER_GONE)
    result = -EIO;
  g_mutex_unlock (&view.lock);
  return result;
}

/* Where it lies once it is fetched; NULL before. */
static char *
dup_local_path (const Place *place)
{
  g_mutex_lock (&view.lock);
  char *path = place->offer->paths != NULL
                   ? g_strconcat (place->offer->paths->pdata[place->index], place->rest, NULL)
                   : NULL;
  g_mutex_unlock (&view.lock);
  return path;
}

static void
describe_folder (struct stat *info)
{
  info->st_mode = S_IFDIR | 0755;
  info->st_nlink = 2;
}

/* As the server's listing said. */
static void
describe (const Place *place, struct stat *info)
{
  const WherryRemoteFile *file = wherry_remote_files_get (place->offer->files, place->index);

  if (file->is_folder)
    describe_folder (info);
  else
    {
      info->st_mode = S_IFREG | 0644;
      info->st_nlink = 1;
      info->st_size = MAX (file->size, 0);
    }
  info->st_mtime = file->mtime;
}

static int
view_getattr (const char *path, struct stat *info, struct fuse_file_info *fi)
{
  g_auto (Place) place = { NULL };
  g_autofree char *local = NULL;

  memset (info, 0, sizeof *info);
  info->st_uid = getuid ();
  info->st_gid = getgid ();
  if (g_str_equal (path, "/"))
    {
      describe_folder (info);
      return 0;
    }
  if (!find_place (path, &place))
    return -ENOENT;
  if (place.around)
    {
      describe_folder (info);
      return 0;
    }

  if (*place.rest != '\0')
    {
      int result = await_fetched (place.offer);
      if (result != 0)
        return result;
    }
  local = dup_local_path (&place);
  if (local != NULL && lstat (local, info) == 0)
    return 0;
  if (*place.rest != '\0')
    return -ENOENT;
  /* What could not be fetched is there as well: who opens it is told. */
  describe (&place, info);
  return 0;
}

static int
view_readdir (const char *path,
              void *buffer,
              fuse_fill_dir_t fill,
              off_t offset,
              struct fuse_file_info *fi,
              enum fuse_readdir_flags flags)
{
  g_auto (Place) place = { NULL };

  fill (buffer, ".", NULL, 0, 0);
  fill (buffer, "..", NULL, 0, 0);
  if (g_str_equal (path, "/"))
    return 0;
  if (!find_place (path, &place))
    return -ENOENT;
  if (place.around)
    {
      g_autofree char *name = wherry_remote_files_dup_name (place.offer->files, place.index);
      fill (buffer, name, NULL, 0, 0);
      return 0;
    }

  int result = await_fetched (place.offer);
  if (result != 0)
    return result;

  g_autofree char *local = dup_local_path (&place);
  g_autoptr (GDir) dir = g_dir_open (local, 0, NULL);
  const char *name;

  if (dir == NULL)
    return -EIO;
  while ((name = g_dir_read_name (dir)) != NULL)
    fill (buffer, name, NULL, 0, 0);
  return 0;
}

static int
view_readlink (const char *path, char *buffer, size_t size)
{
  g_auto (Place) place = { NULL };
  g_autofree char *local = NULL;

  if (!find_place (path, &place) || place.around || (local = dup_local_path (&place)) == NULL)
    return -EINVAL;

  ssize_t n = readlink (local, buffer, size - 1);
  if (n < 0)
    return -errno;
  buffer[n] = '\0';
  return 0;
}

static int
view_open (const char *path, struct fuse_file_info *fi)
{
  g_auto (Place) place = { NULL };

  if ((fi->flags & O_ACCMODE) != O_RDONLY)
    return -EROFS;
  if (!find_place (path, &place))
    return -ENOENT;
  if (place.around)
    return -EISDIR;

  int result = await_fetched (place.offer);
  if (result != 0)
    return result;

  g_autofree char *local = dup_local_path (&place);
  int fd = open (local, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return -EIO;
  fi->fh = (uint64_t) fd;

  g_mutex_lock (&view.lock);
  if (view.n_open++ == 0)
    g_idle_add (hold, NULL);
  g_mutex_unlock (&view.lock);
  return 0;
}

static int
view_read (const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *fi)
{
  size_t done = 0;

  while (done < size)
    {
      ssize_t n = pread ((int) fi->fh, buffer + done, size - done, offset + (off_t) done);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -errno;
      if (n == 0)
        break;
      done += (size_t) n;
    }
  return (int) done;
}

static int
view_release (const char *path, struct fuse_file_info *fi)
{
  close ((int) fi->fh);
  g_mutex_lock (&view.lock);
  view.n_open--;
  g_mutex_unlock (&view.lock);
  return 0;
}

static void *
view_init (struct fuse_conn_info *connection, struct fuse_config *config)
{
  /* What is there changes when it is fetched. */
  config->attr_timeout = 0;
  config->entry_timeout = 0;
  config->negative_timeout = 0;
  return NULL;
}

static const struct fuse_operations operations = {
  .getattr = view_getattr,
  .readdir = view_readdir,
  .readlink = view_readlink,
  .open = view_open,
  .read = view_read,
  .release = view_release,
  .init = view_init,
};

static gpointer
run (gpointer data)
{
  struct fuse_loop_config *config = fuse_loop_cfg_create ();

  fuse_loop_cfg_set_max_threads (config, MAX_THREADS);
  fuse_loop_mt (data, config);
  fuse_loop_cfg_destroy (config);
  return NULL;
}

/* ---- Mounting ---- */

/* Those of processes that were killed: their file systems are dead, and still mounted. libfuse's
 * auto_unmount sees to that for root only. */
static void
remove_left_folders (const char *parent)
{
  g_autoptr (GDir) dir = g_dir_open (parent, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (parent, name, NULL);
      const char *const argv[] = { "fusermount3", "-u", "-z", "-q", "--", path, NULL };

      if (!g_str_has_prefix (name, FOLDER_PREFIX)
          || kill (atoi (name + strlen (FOLDER_PREFIX)), 0) == 0 || errno != ESRCH)
        continue;
      g_spawn_sync (NULL, (char **) argv, NULL,
                    G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                    NULL, NULL, NULL, NULL, NULL, NULL);
      g_rmdir (path);
    }
}

static gboolean
is_possible (void)
{
  g_autofree char *helper = g_find_program_in_path ("fusermount3");

  return helper != NULL && g_access ("/dev/fuse", R_OK | W_OK) == 0 && !wherry_sandbox_is_inside ();
}

/* Tries it once. */
static gboolean
ensure_mounted (void)
{
  struct fuse_args args = FUSE_ARGS_INIT (0, NULL);
  const char *parent = g_get_user_runtime_dir ();

  if (view.tried)
    return view.folder != NULL;
  view.tried = TRUE;
  if (!is_possible ())
    return FALSE;

  remove_left_folders (parent);
  g_autofree char *folder = g_strdup_printf ("%s/" FOLDER_PREFIX "%d-XXXXXX", parent, getpid ());
  if (g_mkdtemp (folder) == NULL)
    return FALSE;

  view.offers
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify) offer_unref);
  fuse_opt_add_arg (&args, "wherry");
  fuse_opt_add_arg (&args, "-oro,fsname=wherry,subtype=wherry");
  view.fuse = fuse_new (&args, &operations, sizeof operations, NULL);
  fuse_opt_free_args (&args);
  if (view.fuse == NULL || fuse_mount (view.fuse, folder) != 0)
    {
      g_clear_pointer (&view.fuse, fuse_destroy);
      g_rmdir (folder);
      return FALSE;
    }
  view.folder = g_steal_pointer (&folder);
  g_thread_unref (g_thread_new ("wherry-view", run, view.fuse));
  return TRUE;
}

/**
 * wherry_file_offer_new:
 * @queue: what fetches them, and shows that
 * @files: what is offered
 *
 * Returns: (transfer full) (nullable): the offer; %NULL if there is no such view
 *   here. Give it to wherry_file_offer_release()
 */
WherryFileOffer *
wherry_file_offer_new (WherryQueue *queue, WherryRemoteFiles *files)
{
  g_return_val_if_fail (WHERRY_IS_QUEUE (queue), NULL);
  g_return_val_if_fail (files != NULL, NULL);

  if (!ensure_mounted ())
    return NULL;

  WherryFileOffer *self = g_new0 (WherryFileOffer, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->queue = g_object_ref (queue);
  self->files = wherry_remote_files_ref (files);
  g_mutex_lock (&view.lock);
  self->id = ++view.last_id;
  g_hash_table_insert (view.offers, &self->id, offer_ref (self));
  g_mutex_unlock (&view.lock);
  return self;
}

/**
 * wherry_file_offer_allow:
 * @self: an offer
 *
 * From now on the files may be opened, and are fetched then. Before, who tries
 * is told to try again.
 */
void
wherry_file_offer_allow (WherryFileOffer *self)
{
  g_mutex_lock (&view.lock);
  self->allowed = TRUE;
  g_mutex_unlock (&view.lock);
}

/**
 * wherry_file_offer_release:
 * @self: (transfer full): an offer
 *
 * It is not made any more. Who has taken it may use it for a while yet.
 */
void
wherry_file_offer_release (WherryFileOffer *self)
{
  self->released = TRUE;
  let_go (self);
  offer_unref (self);
}

/**
 * wherry_file_offer_to_uri_list:
 * @self: an offer
 *
 * Returns: (transfer full): all of it as `text/uri-list` (RFC 2483 section 5)
 */
char *
wherry_file_offer_to_uri_list (WherryFileOffer *self)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < wherry_remote_files_get_n (self->files); i++)
    {
      g_autofree char *name = wherry_remote_files_dup_name (self->files, i);
      g_autofree char *path
          = g_strdup_printf ("%s/%" G_GUINT64_FORMAT "-%u/%s", view.folder, self->id, i, name);
      g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);

      g_string_append_printf (list, "%s\r\n", uri);
    }
  return g_string_free (list, FALSE);
}

/**
 * wherry_file_offer_stop_all:
 *
 * At the end of the process: there are no more offers.
 */
void
wherry_file_offer_stop_all (void)
{
  if (view.folder == NULL)
    return;

  g_mutex_lock (&view.lock);
  GHashTableIter iter;
  gpointer offer;
  g_hash_table_iter_init (&iter, view.offers);
  while (g_hash_table_iter_next (&iter, NULL, &offer))
    ((WherryFileOffer *) offer)->state = OFFER_GONE;
  g_cond_broadcast (&view.changed);
  g_mutex_unlock (&view.lock);

  /* Its threads end with it, or with the process. */
  fuse_unmount (view.fuse);
  g_rmdir (view.folder);
  g_clear_pointer (&view.folder, g_free);
}
