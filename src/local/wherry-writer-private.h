#pragma once

#include <pthread.h>
#include <sys/stat.h>

#include "local/wherry-number-set.h"
#include "local/wherry-writer.h"

G_BEGIN_DECLS

/* ".wherry-" + 16 hex digits + ".part" + NUL */
#define WHERRY_WRITER_TEMP_SIZE 30

/* Files up to this many bytes are kept in memory and created by the committing thread. */
#define WHERRY_WRITER_SMALL_MAX (64 * 1024)

/* An open directory. Shared by the receiving thread and the committing one by counted references. */
typedef struct _WherryWriterDir WherryWriterDir;
struct _WherryWriterDir {
  int               n_refs;    /* atomic */
  int               n_pending; /* atomic; items on their way that use @fd */
  WherryWriterDir  *parent;    /* owned reference; %NULL for the chosen folder */
  int               fd;        /* -1 while parked: see wherry_writer_dir_park() */
  dev_t             device;
  ino_t             inode;
  char             *path;
  gboolean          in_memory; /* on a tmpfs */
  gboolean          made_here; /* by this writer, just now */
  guint32           tag;       /* with which temporary names begin; 0: none */
  guint32           mode;      /* at its end: permission and local special bits */
  gboolean          has_times;
  WherryWriterTimes times;

  /* Receiving thread only. */
  WherryNumberSet   names;

  /* Committing thread only. */
  WherryNumberSet   inodes;
  gboolean          dirty;
  int               sync_errno;
};

typedef enum {
  WHERRY_WRITER_ITEM_FILE,
  WHERRY_WRITER_ITEM_NEW_DIRECTORY,
  WHERRY_WRITER_ITEM_END_DIRECTORY,
} WherryWriterItemKind;

/* Something on its way to the committing thread. */
typedef struct {
  WherryWriterItemKind kind;
  WherryWriterDir     *dir;     /* owned reference; a file's directory, or the directory meant */
  char                *name;
  guint32              mode;    /* & 0777, as given */
  gboolean             has_times;
  WherryWriterTimes    times;
  guint64              size;
  guint8              *content; /* of small files */
  int                  fd;
  gboolean             in_memory;
  gboolean             named;   /* @temp exists */
  gboolean             placed;
  char                 temp[WHERRY_WRITER_TEMP_SIZE];
  GError              *error;
} WherryWriterItem;

struct _WherryWriter {
  /* Fixed. */
  WherryWriterFlags   flags;
  WherryWriterReport  report;
  gpointer            user_data;
  guint32             umask;

  /* Receiving thread only. */
  gboolean            sweeps;       /* what a writer of the same tag left behind is removed, */
  GHashTable         *spared;       /* but for files of these names */
  guint64             keep_from;    /* bytes; files of this size can be suspended */
  GPtrArray          *stack;        /* of owned WherryWriterDir, the chosen folder first */
  WherryWriterItem   *current;      /* (nullable) */
  gboolean            in_file;      /* between begin and commit or abort, failed or not */
  guint64             n_written;    /* bytes of the current file */
  guint64             n_flushed;    /* of these, given to the disk early */
  guint64             free_guess;   /* bytes */
  gboolean            tmpfile_known;
  gboolean            tmpfile_works;
  dev_t               tmpfile_device;

  /* Under lock. POSIX locks, because ThreadSanitizer can't see into GLib's. */
  pthread_mutex_t     lock;
  pthread_cond_t      has_work;
  pthread_cond_t      has_room;     /* also: nothing left to do */
  GQueue              queue;        /* of owned WherryWriterItem */
  gsize               queued_bytes;
  guint               n_queued_directories;
  gboolean            busy;
  gboolean            closing;
  gboolean            aborting;

  GThread            *thread;
};

/* wherry-writer-dir.c */
WherryWriterDir *wherry_writer_dir_open_folder (const char              *path,
                                                GError                 **error);
WherryWriterDir *wherry_writer_dir_enter       (WherryWriterDir         *parent,
                                                const char              *name,
                                                gboolean                 preserve,
                                                GError                 **error);
WherryWriterDir *wherry_writer_dir_ref         (WherryWriterDir         *self);
void             wherry_writer_dir_unref       (WherryWriterDir         *self);
void             wherry_writer_dir_park        (WherryWriterDir         *self);
void             wherry_writer_dir_unpark      (WherryWriterDir         *self,
                                                WherryWriterDir         *child);
gboolean         wherry_writer_dir_apply       (WherryWriterDir         *self,
                                                GError                 **error);
int              wherry_writer_dir_sync        (WherryWriterDir         *self);
void             wherry_writer_dir_sweep       (WherryWriterDir         *self,
                                                GHashTable              *spared);

/* wherry-writer-file.c */
WherryWriterItem *wherry_writer_item_new       (WherryWriterItemKind     kind,
                                                WherryWriterDir         *dir);
void              wherry_writer_item_free      (WherryWriterItem        *self);
char             *wherry_writer_item_dup_path  (const WherryWriterItem  *self);
gboolean          wherry_writer_item_create    (WherryWriterItem        *self,
                                                gboolean                 nameless,
                                                GError                 **error);
gboolean          wherry_writer_item_reopen    (WherryWriterItem        *self,
                                                const WherryWriterRest  *rest,
                                                GError                 **error);
gboolean          wherry_writer_item_write     (WherryWriterItem        *self,
                                                const guint8            *data,
                                                gsize                    length,
                                                GError                 **error);
void              wherry_writer_item_prepare   (WherryWriterItem        *self,
                                                WherryWriterFlags        flags,
                                                guint32                  umask);
void              wherry_writer_item_sync      (WherryWriterItem        *self);
void              wherry_writer_item_place     (WherryWriterItem        *self);
void              wherry_writer_item_discard   (WherryWriterItem        *self);

/* wherry-writer-commit.c */
void              wherry_writer_push           (WherryWriter            *self,
                                                WherryWriterItem        *item);
void              wherry_writer_tell           (WherryWriter            *self,
                                                const WherryWriterItem  *item);
gpointer          wherry_writer_commit_thread  (gpointer                 data);

G_END_DECLS
