#include "fuzz.h"

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  /* A broken contract is a find. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  return 0;
}

guint8
dice_byte (Dice *dice)
{
  if (dice->length == 0)
    return 0;
  dice->length--;
  return *dice->bytes++;
}

/* A number from 0 to @limit, small ones more often. */
gsize
dice_up_to (Dice *dice, gsize limit)
{
  gsize value = dice_byte (dice);

  if (value == 255)
    value += (gsize) dice_byte (dice) * 256 + dice_byte (dice);
  return value % (limit + 1);
}
