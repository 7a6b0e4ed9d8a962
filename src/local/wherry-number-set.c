#include "local/wherry-number-set.h"

#define SLOTS_MIN 16

/* Neighbouring inode numbers would otherwise pile up in neighbouring slots. */
static guint64
scatter (guint64 x)
{
  x ^= x >> 30;
  x *= G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x ^= x >> 27;
  x *= G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static gsize
find_slot (const WherryNumberSet *self, guint64 number)
{
  gsize mask = self->n_slots - 1;
  gsize i = (gsize) scatter (number) & mask;

  while (self->slots[i] != 0 && self->slots[i] != number)
    i = (i + 1) & mask;
  return i;
}

static void
grow (WherryNumberSet *self)
{
  WherryNumberSet bigger = { 0 };

  bigger.n_slots = MAX (SLOTS_MIN, self->n_slots * 2);
  bigger.slots = g_new0 (guint64, bigger.n_slots);
  for (gsize i = 0; i < self->n_slots; i++)
    if (self->slots[i] != 0)
      bigger.slots[find_slot (&bigger, self->slots[i])] = self->slots[i];

  g_free (self->slots);
  self->slots = bigger.slots;
  self->n_slots = bigger.n_slots;
}

/**
 * wherry_number_set_add:
 * @self: a set; all zero is the empty one
 * @number: any number
 *
 * Returns: whether @number is new
 */
gboolean
wherry_number_set_add (WherryNumberSet *self, guint64 number)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (number == 0)
    {
      gboolean is_new = !self->has_zero;
      self->has_zero = TRUE;
      return is_new;
    }

  if (self->n_used + 1 > self->n_slots / 4 * 3)
    grow (self);

  gsize i = find_slot (self, number);
  if (self->slots[i] == number)
    return FALSE;
  self->slots[i] = number;
  self->n_used++;
  return TRUE;
}

/**
 * wherry_number_set_contains:
 * @self: a set
 * @number: any number
 *
 * Returns: whether @number was added
 */
gboolean
wherry_number_set_contains (const WherryNumberSet *self, guint64 number)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (number == 0)
    return self->has_zero;
  return self->n_slots > 0 && self->slots[find_slot (self, number)] == number;
}

/**
 * wherry_number_set_clear:
 * @self: a set
 *
 * Empties the set and frees what it holds.
 */
void
wherry_number_set_clear (WherryNumberSet *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->slots);
  *self = (WherryNumberSet){ 0 };
}

/**
 * wherry_number_set_hash_name:
 * @name: bytes
 *
 * Returns: a 64-bit hash (FNV-1a) of @name. Two names that collide only make
 *   the second one a conflict, which a server gains nothing by forcing
 */
guint64
wherry_number_set_hash_name (const char *name)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);

  for (const guint8 *p = (const guint8 *) name; *p != 0; p++)
    {
      hash ^= *p;
      hash *= G_GUINT64_CONSTANT (0x100000001b3);
    }
  return hash;
}
