#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WherryLedger:
 *
 * What became of a transfer's entries in all its runs so far, so that another
 * run repeats nothing that is done, or only does what failed. 8 bytes an entry.
 * Any thread.
 *
 * An entry's key is its path below the transfer's source, as bytes; "" is the
 * source itself.
 */
typedef struct _WherryLedger WherryLedger;

/**
 * WherryLedgerRecord:
 * @key: a file's key
 * @size: its size in bytes
 * @mtime: its modification time at the source in seconds; 0: not known
 *
 * Told of each file that is newly done; on the thread that tells the ledger.
 */
typedef void (*WherryLedgerRecord) (const char  *key,
                                    guint64      size,
                                    gint64       mtime,
                                    gpointer     user_data);

WherryLedger *wherry_ledger_new        (void);
WherryLedger *wherry_ledger_ref        (WherryLedger       *self);
void          wherry_ledger_unref      (WherryLedger       *self);
void          wherry_ledger_set_record (WherryLedger       *self,
                                        WherryLedgerRecord  record,
                                        gpointer            user_data,
                                        GDestroyNotify      destroy);
void          wherry_ledger_begin_run  (WherryLedger       *self,
                                        gboolean            only_failed);
void          wherry_ledger_clear      (WherryLedger       *self);
gboolean      wherry_ledger_has_failed (WherryLedger       *self);
gboolean      wherry_ledger_is_empty   (WherryLedger       *self);
void          wherry_ledger_add_done   (WherryLedger       *self,
                                        const char         *key,
                                        guint64             size,
                                        gint64              mtime);
void          wherry_ledger_restore_done (WherryLedger     *self,
                                        guint64             number);
guint64       wherry_ledger_get_number (const char         *key,
                                        guint64             size,
                                        gint64              mtime);
void          wherry_ledger_add_failed (WherryLedger       *self,
                                        const char         *key);
gboolean      wherry_ledger_is_done    (WherryLedger       *self,
                                        const char         *key,
                                        guint64             size,
                                        gint64              mtime);
gboolean      wherry_ledger_is_wanted  (WherryLedger       *self,
                                        const char         *key,
                                        gboolean            is_folder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WherryLedger, wherry_ledger_unref)

G_END_DECLS
