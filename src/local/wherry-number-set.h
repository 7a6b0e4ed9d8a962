#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A set of 64-bit numbers at 8 bytes a slot: of a folder with a million entries only this is kept. */
typedef struct {
  guint64 *slots;
  gsize    n_slots; /* a power of two, or 0 */
  gsize    n_used;
  gboolean has_zero;
} WherryNumberSet;

gboolean wherry_number_set_add       (WherryNumberSet       *self,
                                      guint64                number);
gboolean wherry_number_set_contains  (const WherryNumberSet *self,
                                      guint64                number);
void     wherry_number_set_clear     (WherryNumberSet       *self);
guint64  wherry_number_set_hash_name (const char            *name);

G_END_DECLS
