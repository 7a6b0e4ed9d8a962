#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * The machines against the real programs, `scp -t` and `scp -f`, over a socket pair.
 */

/* Two folders, and the program to run between them. */
typedef struct {
  char *program;
  char *top;
  char *here;
  char *there;
} Fixture;

/* A running program. */
typedef struct {
  GPid        pid;
  int         fd;
  GByteArray *out;
  gboolean    ended;
} Program;

typedef struct {
  const char  *name;
  void       (*run) (Fixture *fixture, gconstpointer program);
} ProgramTest;

#define N_FILES 273 /* in make_tree() */

void      fixture_set_up     (Fixture            *fixture,
                              gconstpointer       program);
void      fixture_tear_down  (Fixture            *fixture,
                              gconstpointer       program);
void      add_program_tests  (const char         *folder,
                              const ProgramTest  *tests,
                              guint               n_tests);

Program   program_start      (Fixture            *fixture,
                              const char         *options,
                              const char         *path);
gsize     program_exchange   (Program            *self,
                              guint8             *buffer,
                              gsize               size);
int       program_end        (Program            *self);

void      make_file          (const char         *folder,
                              const char         *name,
                              const char         *content,
                              gsize               length,
                              int                 mode);
char     *make_folder        (const char         *folder,
                              const char         *name,
                              int                 mode);
void      make_tree          (const char         *folder);
guint     count_entries      (const char         *folder);
void      compare            (const char         *path,
                              const char         *other,
                              gboolean            preserved);
void      compare_trees      (Fixture            *fixture,
                              gboolean            preserved);

G_END_DECLS
