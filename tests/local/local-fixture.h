#pragma once

#include <gio/gio.h>

#include "local/wherry-writer.h"

G_BEGIN_DECLS

/* A scratch folder, and what a writer reported. */
typedef struct {
  char      *folder;
  GMutex     lock;
  GPtrArray *reports; /* of owned Report */
} Fixture;

typedef struct {
  char    *path;
  guint64  size;
  GError  *error;
} Report;

void          fixture_set_up       (Fixture           *self,
                                    gconstpointer      data);
void          fixture_tear_down    (Fixture           *self,
                                    gconstpointer      data);
char         *fixture_path         (Fixture           *self,
                                    const char        *name);
void          fixture_put          (Fixture           *self,
                                    const char        *name,
                                    const char        *content,
                                    int                mode);
WherryWriter *fixture_writer       (Fixture           *self,
                                    const char        *name,
                                    WherryWriterFlags  flags);
Report       *fixture_find_report  (Fixture           *self,
                                    const char        *name);
void          fixture_on_report    (const char        *path,
                                    guint64            size,
                                    const GError      *error,
                                    gpointer           user_data);

void          write_file           (WherryWriter      *writer,
                                    const char        *name,
                                    guint32            mode,
                                    const char        *content);
void          finish               (WherryWriter      *writer);
guint         count_fds            (void);
guint         count_strays         (const char        *folder);
void          remove_tree          (const char        *folder);

#define assert_content(fixture, name, expected) \
  G_STMT_START \
  { \
    g_autofree char *_path = fixture_path (fixture, name); \
    g_autofree char *_content = NULL; \
    g_autoptr (GError) _error = NULL; \
    g_file_get_contents (_path, &_content, NULL, &_error); \
    g_assert_no_error (_error); \
    g_assert_cmpstr (_content, ==, expected); \
  } \
  G_STMT_END

#define assert_mode(fixture, name, expected) \
  G_STMT_START \
  { \
    g_autofree char *_path = fixture_path (fixture, name); \
    struct stat _st; \
    g_assert_cmpint (lstat (_path, &_st), ==, 0); \
    g_assert_cmphex (_st.st_mode & 07777, ==, expected); \
  } \
  G_STMT_END

#define assert_report_error(fixture, name, domain, code) \
  G_STMT_START \
  { \
    Report *_report = fixture_find_report (fixture, name); \
    g_assert_nonnull (_report); \
    g_assert_error (_report->error, domain, code); \
  } \
  G_STMT_END

#define assert_report_ok(fixture, name) \
  G_STMT_START \
  { \
    Report *_report = fixture_find_report (fixture, name); \
    g_assert_nonnull (_report); \
    g_assert_no_error (_report->error); \
  } \
  G_STMT_END

G_END_DECLS
