/*
 * The source against a sink that works as sink() of OpenSSH's and dropbear's scp.c do, refuses what
 * the dice say, and complains as often as old ones do: what is told as done is there, where it
 * belongs; what lands there was sent; and nobody waits for the other for good.
 */
#include <string.h>

#include "scp/wherry-scp-record.h"
#include "scp/wherry-scp-source.h"
#include "fuzz.h"

/* What was sent, by tag. Names are their tags, so that content can't name them by chance. */
typedef struct {
  char *path;
  GByteArray *content; /* NULL: a directory */
  gboolean there;      /* the sink has it whole and said so */
  gboolean failed_here;
  gboolean judged;
} Entry;

typedef enum {
  SINK_RECORD,
  SINK_CONTENT,
  SINK_STATUS,
  SINK_STATUS_WORDS,
  SINK_GONE,
} SinkPhase;

typedef struct {
  WherryScpSource *source;
  WherryScpSourceFlags flags;
  Dice dice;
  GPtrArray *entries;
  GArray *open; /* guint64: tags of directories the source may send into */
  guint64 current;
  gboolean ended;

  GByteArray *wire;
  GByteArray *replies;
  SinkPhase phase;
  GString *line;
  GArray *sink_open;  /* guint64: tags of directories the sink is in */
  GArray *sink_times; /* gboolean, for each: it will set its times */
  gboolean has_times;
  guint64 sink_current;
  GByteArray *content;
  guint64 size;
  guint8 status;
  gboolean complained;
} World;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->path);
  g_clear_pointer (&entry->content, g_byte_array_unref);
  g_free (entry);
}

static Entry *
get_entry (World *world, guint64 tag)
{
  g_assert (tag < world->entries->len);
  return g_ptr_array_index (world->entries, tag);
}

static char *
build_path (GArray *open, const char *name)
{
  GString *path = g_string_new (NULL);

  for (guint i = 0; i < open->len; i++)
    g_string_append_printf (path, "%" G_GUINT64_FORMAT "/", g_array_index (open, guint64, i));
  g_string_append (path, name);
  return g_string_free (path, FALSE);
}

/* The sink. */

static void
reply (World *world, const char *words)
{
  if (words == NULL)
    g_byte_array_append (world->replies, (const guint8 *) "", 1);
  else
    {
      g_byte_array_append (world->replies, (const guint8 *) "\1", 1);
      g_byte_array_append (world->replies, (const guint8 *) words, (guint) strlen (words));
    }
}

static gboolean
happens (World *world)
{
  return dice_byte (&world->dice) % 4 == 1;
}

static void
sink_complain (World *world, const char *words)
{
  if (!happens (world))
    return;
  reply (world, words);
  world->complained = TRUE;
}

static void
sink_content_over (World *world)
{
  world->phase = SINK_STATUS;
  sink_complain (world, "truncate\n");
  sink_complain (world, "mode\n");
}

static void
sink_file_over (World *world)
{
  Entry *entry = get_entry (world, world->sink_current);

  world->phase = SINK_RECORD;
  g_assert (world->content->len == entry->content->len);
  g_assert (world->content->len == 0
            || memcmp (world->content->data, entry->content->data, world->content->len) == 0);
  sink_complain (world, "disk full\n");
  if (world->complained)
    return;
  reply (world, NULL);
  g_assert (!entry->there);
  entry->there = world->status == 0;
}

static void
sink_entry (World *world, const WherryScpRecord *record)
{
  g_autofree char *name = g_strndup (record->name, record->name_length);
  g_autofree char *path = build_path (world->sink_open, name);
  guint64 tag = g_ascii_strtoull (name, NULL, 10);
  Entry *entry = get_entry (world, tag);
  gboolean is_file = record->kind == WHERRY_SCP_RECORD_FILE;

  /* Nothing stray, nothing astray. */
  g_assert (strcmp (entry->path, path) == 0);
  g_assert (is_file == (entry->content != NULL));

  if (happens (world))
    {
      reply (world, "refused\n");
      return;
    }
  reply (world, NULL);
  if (!is_file)
    {
      g_array_append_val (world->sink_open, tag);
      g_array_append_val (world->sink_times, world->has_times);
      world->has_times = FALSE;
      return;
    }

  world->has_times = FALSE;
  world->sink_current = tag;
  world->size = record->size;
  world->complained = FALSE;
  g_byte_array_set_size (world->content, 0);
  world->phase = SINK_CONTENT;
  if (record->size == 0)
    sink_content_over (world);
}

static void
sink_end (World *world)
{
  guint last = world->sink_open->len - 1;
  gboolean has_times;

  reply (world, NULL);
  if (world->sink_open->len == 0)
    {
      world->phase = SINK_GONE;
      return;
    }
  has_times = g_array_index (world->sink_times, gboolean, last);
  g_array_set_size (world->sink_open, last);
  g_array_set_size (world->sink_times, last);
  if (has_times && happens (world))
    reply (world, "set times\n");
}

static void
sink_record (World *world)
{
  WherryScpRecord record;

  if (world->line->str[0] == '\1')
    return;
  if (world->line->str[0] == 'E')
    sink_end (world);
  else if (!wherry_scp_record_parse (world->line->str, world->line->len, &record, NULL))
    {
      reply (world, "protocol error\n");
      world->phase = SINK_GONE;
    }
  else if (record.kind == WHERRY_SCP_RECORD_TIMES)
    {
      world->has_times = TRUE;
      reply (world, NULL);
    }
  else
    sink_entry (world, &record);
}

static void
sink_take (World *world, guint8 byte)
{
  switch (world->phase)
    {
    case SINK_RECORD:
      if (byte != '\n' || world->line->len == 0)
        g_string_append_c (world->line, (char) byte);
      if (byte != '\n')
        break;
      sink_record (world);
      g_string_truncate (world->line, 0);
      break;
    case SINK_CONTENT:
      g_byte_array_append (world->content, &byte, 1);
      if (world->content->len == world->size)
        sink_content_over (world);
      break;
    case SINK_STATUS:
      world->status = byte;
      g_assert (byte <= 1);
      world->phase = SINK_STATUS_WORDS;
      if (byte == 0)
        sink_file_over (world);
      break;
    case SINK_STATUS_WORDS:
      if (byte == '\n')
        sink_file_over (world);
      break;
    case SINK_GONE:
    default:
      break;
    }
}

static void
sink_work (World *world, gsize length)
{
  gsize n = MIN (length, world->wire->len);

  for (gsize i = 0; i < n; i++)
    sink_take (world, world->wire->data[i]);
  if (n > 0)
    g_byte_array_remove_range (world->wire, 0, (guint) n);
}

/* The source. */

static void
check_event (World *world, WherryScpSourceEventType type, const WherryScpSourceEvent *event)
{
  Entry *entry = type != WHERRY_SCP_SOURCE_BROKE ? get_entry (world, event->tag) : NULL;

  switch (type)
    {
    case WHERRY_SCP_SOURCE_FILE_DONE:
      g_assert (!entry->judged && entry->there && !entry->failed_here);
      entry->judged = TRUE;
      break;
    case WHERRY_SCP_SOURCE_FILE_FAILED:
      g_assert (!entry->judged && (!entry->there || entry->failed_here));
      entry->judged = TRUE;
      break;
    case WHERRY_SCP_SOURCE_DIRECTORY_DONE:
      g_assert (!entry->judged);
      entry->judged = TRUE;
      g_array_append_val (world->open, event->tag);
      break;
    case WHERRY_SCP_SOURCE_DIRECTORY_FAILED:
      g_assert (!entry->judged);
      entry->judged = TRUE;
      break;
    case WHERRY_SCP_SOURCE_DIRECTORY_CLOSED:
    case WHERRY_SCP_SOURCE_WARNING:
    case WHERRY_SCP_SOURCE_BROKE:
      break;
    case WHERRY_SCP_SOURCE_NEED_INPUT:
    default:
      g_assert_not_reached ();
    }
}

static void
hear (World *world, gsize length)
{
  gsize n = MIN (length, world->replies->len);
  g_autofree guint8 *copy = g_memdup2 (world->replies->data, n);
  const guint8 *input = copy;
  WherryScpSourceEvent event;
  WherryScpSourceEventType type;

  if (n > 0)
    g_byte_array_remove_range (world->replies, 0, (guint) n);
  while ((type = wherry_scp_source_next (world->source, &input, &n, &event))
         != WHERRY_SCP_SOURCE_NEED_INPUT)
    check_event (world, type, &event);
}

static void
take (World *world, gsize length)
{
  guint8 buffer[64];
  gsize n = wherry_scp_source_take_output (world->source, buffer, MIN (length, sizeof buffer));

  g_byte_array_append (world->wire, buffer, (guint) n);
}

static void
begin_entry (World *world)
{
  const WherryScpTimes times = { 1, 2 };
  const WherryScpTimes *given = dice_byte (&world->dice) % 8 ? &times : NULL;
  gboolean is_file = dice_byte (&world->dice) % 4 != 1 || world->open->len > 5;
  guint64 tag = world->entries->len;
  g_autofree char *name = g_strdup_printf ("%" G_GUINT64_FORMAT, tag);
  Entry *entry = g_new0 (Entry, 1);
  gsize size;

  g_ptr_array_add (world->entries, entry);
  entry->path = build_path (world->open, name);
  if (!is_file)
    {
      wherry_scp_source_directory (world->source, name, 0755, given, tag);
      return;
    }

  entry->content = g_byte_array_new ();
  size = dice_byte (&world->dice);
  if (size >= 224)
    wherry_scp_source_set_pipeline (world->source, size % 2);
  size %= 32;
  for (gsize i = 0; i < size; i++)
    {
      guint8 byte = dice_byte (&world->dice);

      g_byte_array_append (entry->content, &byte, 1);
    }
  world->current = tag;
  wherry_scp_source_file (world->source, name, 0644, size, given, entry->content->data, size, tag);
}

static void
go_on (World *world)
{
  Entry *entry = get_entry (world, world->current);
  guint64 remaining = wherry_scp_source_get_remaining (world->source);

  if (remaining > 0)
    {
      gsize n = 1 + dice_up_to (&world->dice, remaining - 1);

      while (wherry_scp_source_has_output (world->source))
        take (world, 64);
      g_byte_array_append (world->wire, entry->content->data + entry->content->len - remaining,
                           (guint) n);
      wherry_scp_source_data_sent (world->source, n);
      return;
    }
  entry->failed_here = dice_byte (&world->dice) % 16 == 1;
  wherry_scp_source_end_file (world->source, entry->failed_here ? "it changed" : NULL);
}

static void
act (World *world)
{
  switch (wherry_scp_source_get_state (world->source))
    {
    case WHERRY_SCP_SOURCE_READY:
      if (world->open->len > 0 && dice_byte (&world->dice) % 4 == 1)
        {
          wherry_scp_source_end_directory (world->source);
          g_array_set_size (world->open, world->open->len - 1);
        }
      else
        begin_entry (world);
      break;
    case WHERRY_SCP_SOURCE_DATA:
      go_on (world);
      break;
    case WHERRY_SCP_SOURCE_WAIT:
    case WHERRY_SCP_SOURCE_FINISHED:
    case WHERRY_SCP_SOURCE_BROKEN:
    default:
      break;
    }
}

/* All that is under way arrives. */
static void
settle (World *world)
{
  while (wherry_scp_source_has_output (world->source))
    take (world, 64);
  sink_work (world, world->wire->len);
  if (world->phase == SINK_GONE && !world->ended)
    {
      wherry_scp_source_end_of_input (world->source);
      world->ended = TRUE;
    }
  hear (world, world->replies->len);
}

static void
wind_up (World *world)
{
  WherryScpSourceState state;

  for (;;)
    {
      settle (world);
      state = wherry_scp_source_get_state (world->source);
      g_assert (state != WHERRY_SCP_SOURCE_WAIT);
      if (state == WHERRY_SCP_SOURCE_DATA)
        go_on (world);
      else if (state == WHERRY_SCP_SOURCE_READY && world->open->len > 0)
        {
          wherry_scp_source_end_directory (world->source);
          g_array_set_size (world->open, world->open->len - 1);
        }
      else if (state == WHERRY_SCP_SOURCE_READY)
        wherry_scp_source_finish (world->source);
      else
        break;
    }

  if (state == WHERRY_SCP_SOURCE_FINISHED)
    for (guint64 tag = 0; tag < world->entries->len; tag++)
      g_assert (get_entry (world, tag)->judged);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  World world = {
    .dice = { data, size },
    .entries = g_ptr_array_new_with_free_func (entry_free),
    .open = g_array_new (FALSE, FALSE, sizeof (guint64)),
    .wire = g_byte_array_new (),
    .replies = g_byte_array_new (),
    .line = g_string_new (NULL),
    .sink_open = g_array_new (FALSE, FALSE, sizeof (guint64)),
    .sink_times = g_array_new (FALSE, FALSE, sizeof (gboolean)),
    .content = g_byte_array_new (),
  };

  world.flags = dice_byte (&world.dice) & (WHERRY_SCP_SOURCE_PRESERVE | WHERRY_SCP_SOURCE_PIPELINE);
  world.source = wherry_scp_source_new (world.flags);
  reply (&world, NULL);
  while (world.dice.length > 0 && world.phase != SINK_GONE)
    {
      guint8 choice = dice_byte (&world.dice);

      if (choice % 4 <= 1)
        act (&world);
      else if (choice % 4 == 2)
        {
          take (&world, choice / 4);
          sink_work (&world, choice / 4);
        }
      else
        hear (&world, choice / 4);
    }
  wind_up (&world);

  wherry_scp_source_free (world.source);
  g_ptr_array_unref (world.entries);
  g_array_unref (world.open);
  g_byte_array_unref (world.wire);
  g_byte_array_unref (world.replies);
  g_string_free (world.line, TRUE);
  g_array_unref (world.sink_open);
  g_array_unref (world.sink_times);
  g_byte_array_unref (world.content);
  return 0;
}
