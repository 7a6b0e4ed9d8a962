#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * WherryWriter:
 *
 * The safe writer: puts one downloaded file or tree in its place below a folder
 * the user chose, and nowhere else (rules R3, R4). It holds directory fds and
 * works with `openat`-family calls and `O_NOFOLLOW` only; content goes to an
 * `O_EXCL` temporary file of an unguessable name in the same folder; the final
 * name appears by rename only once the data is on disk.
 *
 * Syncing and renaming run on a thread of the writer's own, so that a slow disk
 * does not hold up the receiving thread, and in batches, so that 10,000 small
 * files don't cost 10,000 full syncs. The order is kept: a directory gets its
 * mode and times after everything in it is in place. All other calls are made
 * by one thread.
 *
 * Every failure is told through the report function with the entry's path and
 * concerns that entry only; the writer goes on.
 */
typedef struct _WherryWriter WherryWriter;

/**
 * WherryWriterFlags:
 * @WHERRY_WRITER_PRESERVE: take the given times, and all permission bits
 *   (& 0777) without the umask; without it mode = given & 0777 & ~umask for
 *   new files, and an existing file's mode is kept when it is replaced
 */
typedef enum {
  WHERRY_WRITER_DEFAULT  = 0,
  WHERRY_WRITER_PRESERVE = 1 << 0,
} WherryWriterFlags;

/** Modification and access time in seconds since the epoch. */
typedef struct {
  gint64 mtime;
  gint64 atime;
} WherryWriterTimes;

/**
 * WherryWriterRest:
 *
 * What there is of a file that is gone on with.
 */
typedef struct {
  const char *temporary;  /* (nullable): the name it was left under in its folder; %NULL: the
                             beginning of the file that has its final name is copied */
  guint64     offset;     /* bytes of it that are right; the rest of it is dropped */
  guint64     device;     /* of the file that was found to be right, */
  guint64     inode;      /* and no other */
} WherryWriterRest;

/**
 * WherryWriterReport:
 * @path: the entry's path as bytes, the chosen folder's path first
 * @size: bytes of the file, 0 for a directory
 * @error: (nullable): why it is not there; %NULL: a file is in place, complete
 *
 * Called exactly once for each file begun with success (in place or failed), and
 * for each directory whose mode or times could not be set. What a begin function
 * refused is told by its error alone. Runs on the writer's thread or within the
 * call that failed, so possibly on two threads at once; must not call the writer.
 */
typedef void (*WherryWriterReport) (const char   *path,
                                    guint64       size,
                                    const GError *error,
                                    gpointer      user_data);

WherryWriter *wherry_writer_new             (const char         *folder,
                                             WherryWriterFlags   flags,
                                             WherryWriterReport  report,
                                             gpointer            user_data,
                                             GError            **error);
void          wherry_writer_free            (WherryWriter       *self);
void          wherry_writer_set_tag         (WherryWriter       *self,
                                             guint32             tag,
                                             gboolean            sweep);
gboolean      wherry_writer_begin_directory (WherryWriter       *self,
                                             const char         *name,
                                             guint32             mode,
                                             const WherryWriterTimes *times,
                                             GError            **error);
void          wherry_writer_end_directory   (WherryWriter       *self);
gboolean      wherry_writer_begin_file      (WherryWriter       *self,
                                             const char         *name,
                                             guint32             mode,
                                             guint64             size,
                                             const WherryWriterTimes *times,
                                             GError            **error);
void          wherry_writer_keep_from       (WherryWriter       *self,
                                             guint64             size);
void          wherry_writer_spare           (WherryWriter       *self,
                                             const char         *temporary);
gboolean      wherry_writer_begin_rest      (WherryWriter       *self,
                                             const char         *name,
                                             guint32             mode,
                                             guint64             size,
                                             const WherryWriterTimes *times,
                                             const WherryWriterRest *rest,
                                             GError            **error);
char         *wherry_writer_dup_temporary   (WherryWriter       *self);
gboolean      wherry_writer_pass_over       (WherryWriter       *self,
                                             const char         *name,
                                             GError            **error);
gboolean      wherry_writer_write           (WherryWriter       *self,
                                             const guint8       *data,
                                             gsize               length,
                                             GError            **error);
void          wherry_writer_commit_file     (WherryWriter       *self);
void          wherry_writer_abort_file      (WherryWriter       *self,
                                             const GError       *reason);
gboolean      wherry_writer_suspend_file    (WherryWriter       *self,
                                             const GError       *reason);
gboolean      wherry_writer_finish          (WherryWriter       *self,
                                             GCancellable       *cancellable,
                                             GError            **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryWriter, wherry_writer_free)

G_END_DECLS
