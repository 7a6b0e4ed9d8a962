#pragma once

#include <sqlite3.h>

#include "transfer/wherry-journal.h"

G_BEGIN_DECLS

/*
 * WherryJournalStore: the database, for the journal's thread alone. Functions
 * return an SQLite result code, SQLITE_OK if all is well.
 */

typedef enum {
  WHERRY_JOURNAL_SQL_BEGIN,
  WHERRY_JOURNAL_SQL_COMMIT,
  WHERRY_JOURNAL_SQL_ROLLBACK,
  WHERRY_JOURNAL_SQL_WRITE,
  WHERRY_JOURNAL_SQL_DONE,
  WHERRY_JOURNAL_SQL_FORGET_DONE,
  WHERRY_JOURNAL_SQL_PARTIAL,
  WHERRY_JOURNAL_SQL_FORGET_PARTIAL,
  WHERRY_JOURNAL_SQL_FORGET_PARTIALS,
  WHERRY_JOURNAL_SQL_FAILURE,
  WHERRY_JOURNAL_SQL_FORGET_FAILURES,
  WHERRY_JOURNAL_SQL_HIDE,
  WHERRY_JOURNAL_SQL_FORGET_HISTORY,
  WHERRY_JOURNAL_SQL_LEFTOVER,
  WHERRY_JOURNAL_SQL_FORGET_LEFTOVER,
  WHERRY_JOURNAL_SQL_LOAD_LEFTOVERS,
  WHERRY_JOURNAL_SQL_KNOW,
  WHERRY_JOURNAL_SQL_CANCEL_REST,
  WHERRY_JOURNAL_SQL_RETRY_REST,
  WHERRY_JOURNAL_SQL_CLEAR_REST_DONE,
  WHERRY_JOURNAL_SQL_CLEAR_REST_PARTIALS,
  WHERRY_JOURNAL_SQL_CLEAR_REST,
  WHERRY_JOURNAL_SQL_COUNT_REST,
  WHERRY_JOURNAL_SQL_LAST_ID,
  WHERRY_JOURNAL_SQL_LOAD,
  WHERRY_JOURNAL_SQL_LOAD_HALF,
  WHERRY_JOURNAL_SQL_LOAD_DONE,
  WHERRY_JOURNAL_SQL_LOAD_PARTIALS,
  WHERRY_JOURNAL_SQL_LOAD_FAILURES,
  WHERRY_JOURNAL_SQL_SEARCH,
  WHERRY_JOURNAL_SQL_COUNT,
  WHERRY_JOURNAL_N_SQL,
} WherryJournalSql;

typedef struct {
  sqlite3      *db;
  sqlite3_stmt *statements[WHERRY_JOURNAL_N_SQL];
} WherryJournalStore;

/* A database of a later version than this one's. */
#define WHERRY_JOURNAL_NEWER (-1)

int        wherry_journal_store_open   (WherryJournalStore   *self,
                                        const char           *path);
void       wherry_journal_store_close  (WherryJournalStore   *self);
int        wherry_journal_store_run    (WherryJournalStore   *self,
                                        WherryJournalSql      sql);
int        wherry_journal_store_write  (WherryJournalStore   *self,
                                        const WherryRecord   *record);
int        wherry_journal_store_write_done (WherryJournalStore *self,
                                        gint64                id,
                                        guint64               number);
int        wherry_journal_store_write_partial (WherryJournalStore *self,
                                        gint64                id,
                                        const char           *key,
                                        const WherryPartial  *partial);
int        wherry_journal_store_write_leftover (WherryJournalStore *self,
                                        GVariant             *place,
                                        gboolean              there);
int        wherry_journal_store_load_leftovers (WherryJournalStore *self,
                                        GPtrArray           **places);
int        wherry_journal_store_hide   (WherryJournalStore   *self,
                                        gint64                id);
int        wherry_journal_store_forget_history (WherryJournalStore *self,
                                        gint64                before);
int        wherry_journal_store_load   (WherryJournalStore   *self,
                                        guint                 n_records,
                                        gboolean              with_over,
                                        GPtrArray           **records,
                                        WherryJournalRest    *rest);
int        wherry_journal_store_change_rest (WherryJournalStore *self,
                                        WherryJournalChange   change);
int        wherry_journal_store_search (WherryJournalStore   *self,
                                        const char           *text,
                                        guint                 offset,
                                        guint                 n_records,
                                        GPtrArray           **records);
int        wherry_journal_store_count  (WherryJournalStore   *self,
                                        const char           *text,
                                        gint64               *count);
gboolean   wherry_journal_store_set_aside (const char        *path,
                                        char                **new_path);

G_END_DECLS
