#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The bytes a fuzz target draws its decisions from; zeros once they are used up. */
typedef struct {
  const guint8 *bytes;
  gsize         length;
} Dice;

int       LLVMFuzzerInitialize    (int           *argc,
                                   char        ***argv);
int       LLVMFuzzerTestOneInput  (const guint8  *data,
                                   gsize          size);

guint8    dice_byte               (Dice          *dice);
gsize     dice_up_to              (Dice          *dice,
                                   gsize          limit);

G_END_DECLS
