#pragma once

#include "remote/wherry-remote-target.h"
#include "scp/wherry-scp-source.h"
#include "transfer/wherry-landing.h"
#include "transfer/wherry-resume.h"
#include "transfer/wherry-uploader-private.h"

G_BEGIN_DECLS

/** An entry that was sent and whose verdict has not come. */
typedef struct {
  guint64   tag;
  char     *source_path;
  gboolean  is_directory;
  gboolean  temporary;    /* goes under a temporary name first, */
  gboolean  kept;         /* where it stays when the upload is interrupted */
  char     *wire_path;    /* (nullable): what is to be removed should it fail, below the landing's folder */
  char     *final_path;   /* (nullable): its path when complete, if temporary or a folder to be closed */
  guint64   size;         /* bytes; of a file */
  gint64    mtime;        /* seconds; of a file */
  char     *direct_path;  /* (nullable): its path below the landing's folder, if it goes there at once and is new */
  guint32   final_mode;   /* a folder's mode, set when all in it is in place; 0: by the server's scp */
  GError   *failure;      /* what went wrong on our side while it was sent */
} WherryUploadItem;

/** A folder that is open on the server. */
typedef struct {
  char           *name;
  guint32         mode;
  WherryScpTimes  times;
  guint64         tag;
  gboolean        has_renames;  /* of files in it, which may be under way */
} WherryUploadLevel;

/**
 * WherryScpUploader:
 *
 * An uploader to `scp -t`, pipelined as far as that is safe, with existing files
 * replaced through a temporary name and `mv -f`.
 */
typedef struct {
  WherryUploader     parent;
  WherrySession     *session;
  WherryJob         *job;
  WherryRemoteTarget *target;     /* (nullable): where the server runs a shell */
  WherryLanding      landing;
  char              *command;
  gboolean           can_repeat;
  gboolean           can_pipeline;

  /* One run of the server's scp. */
  WherryChannel     *channel;
  WherryScpSource   *source;
  gboolean           broken;
  char              *broke_text;  /* (nullable): the server's words, as bytes */
  gboolean           broke_noise; /* whether they stood in place of the first reply */
  guint              n_settled;   /* verdicts in this run */
  guint              n_since_step;

  /* Entries. */
  guint64            last_tag;
  GHashTable        *sent;        /* &item->tag -> WherryUploadItem, owned */
  GHashTable        *filing;      /* likewise: complete, being renamed */
  char              *current_path;  /* of the current file when complete, below the landing's folder */
  WherryUploadItem  *current;     /* (nullable) (unowned): the file whose content goes */
  WherryChannel     *rest;      /* (nullable): by which the rest of the current file goes */
  guint64            rest_left; /* bytes of it */
  guint64            offset;    /* bytes of the current file that are there from before */
  GQueue             to_close;    /* (element-type WherryUploadItem) (unowned): folders in @filing, innermost first */
  GPtrArray         *levels;      /* element-type WherryUploadLevel */
  GHashTable        *unsettled;
  WherryUploaderVerdict directory_verdict;

  guint              n_temporary; /* announced since none was under way */

  guint              caution;
  guint              caution_left;
} WherryScpUploader;

gboolean wherry_scp_uploader_open_target   (WherryScpUploader  *self,
                                        const char      *source_name,
                                        gboolean         tree,
                                        GError         **error);
gboolean wherry_scp_uploader_open_channel  (WherryScpUploader  *self,
                                        GError         **error);
void     wherry_scp_uploader_close_channel (WherryScpUploader  *self);
gboolean wherry_scp_uploader_send_output   (WherryScpUploader  *self);
gboolean wherry_scp_uploader_step          (WherryScpUploader  *self,
                                        gboolean         wait,
                                        GError         **error);
gboolean wherry_scp_uploader_recover       (WherryScpUploader  *self,
                                        GError         **error);
gboolean wherry_scp_uploader_make_ready    (WherryScpUploader  *self,
                                        GError         **error);
void     wherry_scp_uploader_close_directories (WherryScpUploader *self);
gboolean wherry_scp_uploader_check_end (WherryScpUploader *self,
                                        GError         **error);
gboolean wherry_scp_uploader_await_renames (WherryScpUploader  *self,
                                        GError         **error);

void     wherry_scp_uploader_file_item     (WherryScpUploader  *self,
                                        WherryUploadItem *item);
void     wherry_scp_uploader_fail_item     (WherryScpUploader  *self,
                                        WherryUploadItem *item,
                                        const char       *words);
void     wherry_scp_uploader_forget        (WherryScpUploader  *self,
                                        WherryUploadItem *item);

/* wherry-scp-uploader-rest.c */
gboolean wherry_scp_uploader_begin_rest    (WherryScpUploader  *self,
                                        const WherryResumePoint *point,
                                        guint32          mode,
                                        const WherryScpTimes *times,
                                        GError         **error);
guint8  *wherry_scp_uploader_reserve_rest  (WherryScpUploader  *self,
                                        gsize           *size,
                                        GError         **error);
gboolean wherry_scp_uploader_commit_rest   (WherryScpUploader  *self,
                                        gsize            length,
                                        GError         **error);
gboolean wherry_scp_uploader_end_rest      (WherryScpUploader  *self,
                                        const GError    *failure,
                                        GError         **error);

G_END_DECLS
