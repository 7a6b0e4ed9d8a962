#pragma once

#include "transfer/wherry-landing.h"
#include "transfer/wherry-resume.h"
#include "transfer/wherry-sftp-lanes.h"
#include "transfer/wherry-sftp-pipe.h"
#include "transfer/wherry-uploader-private.h"

G_BEGIN_DECLS

/** What became of a folder on the server. */
typedef enum {
  WHERRY_SFTP_FOLDER_MAKING,
  WHERRY_SFTP_FOLDER_NEW,    /* nothing but ours is in it */
  WHERRY_SFTP_FOLDER_THERE,  /* was there before */
  WHERRY_SFTP_FOLDER_FAILED, /* its entries are not sent */
} WherrySftpFolderState;

typedef struct _WherrySftpUploader WherrySftpUploader;

/** A folder on its way. Gone once all in it is settled. */
typedef struct _WherrySftpFolderItem WherrySftpFolderItem;
struct _WherrySftpFolderItem {
  WherrySftpUploader    *uploader;
  WherrySftpFolderItem  *parent;      /* (nullable) */
  WherrySftpFolderState  state;
  char                  *path;
  char                  *source_path;
  guint32                mode;
  WherryScpTimes         times;
  GError                *refusal;     /* (nullable): why it could not be made, if it is not there */
  guint                  n_pending;   /* entries in it that are not settled; one more while it is open, or being made */
  GQueue                 waiting;     /* element-type WherrySftpFileItem: until it is made */
};

/** A file on its way. Gone once it is settled and all that was asked about it is answered. */
typedef struct {
  WherrySftpUploader   *uploader;
  WherrySftpFolderItem *folder;       /* (nullable) */
  char                 *source_path;
  char                 *path;
  char                 *temporary;
  guint32               mode;
  gboolean              keeps_mode;   /* @mode is that of the file it replaces */
  gboolean              replaces;
  WherryScpTimes        times;
  guint64               size;
  guint64               taken;        /* bytes from the caller */
  guint64               sent;         /* bytes, and so the next WRITE's offset */
  WherrySftpLanes      *lanes;        /* (nullable): by which its content goes, if by more than one channel */
  gboolean              lanes_tried;
  gint64                opened_at;    /* monotonic microseconds: when that was asked for */
  GByteArray           *buffer;       /* (nullable): content that waits for the handle */
  GBytes               *handle;       /* (nullable): while it is open */
  gboolean              created;      /* the temporary file may be there */
  gboolean              kept;         /* it stays when the upload is interrupted */
  guint64               offset;       /* bytes of it that are there from before */
  gboolean              complete;     /* all of it was given */
  gboolean              closing;
  gboolean              renaming;
  gboolean              over;
  gboolean              doubtful;     /* what made it fail is being found out */
  char                 *aside;        /* (nullable): where the old file went to make room */
  guint                 n_open;       /* answers that are to come */
  GQueue                writes;       /* its own: of those that are not answered */
  GError               *failure;      /* (nullable) */
} WherrySftpFileItem;

/**
 * WherrySftpUploader:
 *
 * An uploader by SFTP. Every file goes to a temporary name and gets its own by a
 * rename once the server has vouched for all of it.
 */
struct _WherrySftpUploader {
  WherryUploader        parent;
  WherryJob            *job;
  WherrySession        *session;
  WherrySftpPipe       *pipe;
  WherryLanding         landing;
  char                 *base;         /* the folder it lands in */
  gboolean              can_replace;  /* by OpenSSH's extension */

  GPtrArray            *levels;       /* element-type WherrySftpFolderItem: open folders; not owned */
  GHashTable           *folders;      /* all that are not settled; owned */
  GHashTable           *files;        /* likewise */
  GQueue                to_open;      /* element-type WherrySftpFileItem: for want of handles */
  guint                 n_handles;
  WherrySftpFileItem   *current;      /* (nullable): whose content comes */

  /* Content. */
  gsize                 buffered;     /* bytes that wait for handles */
  guint64               unanswered;   /* bytes of WRITEs under way */
  guint64               window;       /* most of them */
  gint64                quickest;     /* answer so far, in microseconds */
  gint64                round_trip;   /* of opening a file, in microseconds */
  gboolean              reserved;     /* a WRITE is begun, or room in a buffer */
  gsize                 room;
  gsize                 room_start;
  guint                 n_since_step;
};

/* Folders and the landing: wherry-sftp-uploader-folder.c */
gboolean wherry_sftp_uploader_land          (WherrySftpUploader   *self,
                                             const char           *source_name,
                                             gboolean              tree,
                                             GError              **error);
WherrySftpFolderItem *
         wherry_sftp_uploader_make_folder   (WherrySftpUploader   *self,
                                             const char           *name,
                                             const char           *source_path,
                                             guint32               mode,
                                             const WherryScpTimes *times);
void     wherry_sftp_folder_item_release    (WherrySftpFolderItem *self);
void     wherry_sftp_folder_item_free       (gpointer              data);
char    *wherry_sftp_uploader_make_path     (WherrySftpUploader   *self,
                                             const char           *name);
void     wherry_sftp_fill_times             (WherrySftpAttrs      *attrs,
                                             const WherryScpTimes *times);

/* Files: wherry-sftp-uploader-file.c */
WherrySftpFileItem *
         wherry_sftp_uploader_add_file      (WherrySftpUploader   *self,
                                             const char           *name,
                                             const char           *source_path,
                                             guint32               mode,
                                             guint64               size,
                                             const WherryScpTimes *times,
                                             const WherryResumePoint *point);
void     wherry_sftp_file_item_start        (WherrySftpFileItem   *self);
void     wherry_sftp_file_item_written      (WherrySftpFileItem   *self,
                                             gsize                 length);
void     wherry_sftp_file_item_complete     (WherrySftpFileItem   *self);
void     wherry_sftp_file_item_fail_writing (WherrySftpFileItem   *self,
                                             GError               *error);
void     wherry_sftp_file_item_fail         (WherrySftpFileItem   *self,
                                             GError               *error);
void     wherry_sftp_file_item_drop         (WherrySftpFileItem   *self);
void     wherry_sftp_file_item_clean_up     (WherrySftpFileItem   *self);
void     wherry_sftp_file_item_free         (gpointer              data);

G_END_DECLS
