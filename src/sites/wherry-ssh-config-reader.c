/* From the text of files to options and the blocks they stand in; Include is followed here. */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <glob.h>
#include <string.h>

#include "base/wherry-text.h"
#include "sites/wherry-bounded-file.h"
#include "sites/wherry-ssh-config-private.h"

/* readconf.c, READCONF_MAX_DEPTH */
#define DEPTH_MAX 16

/* A file may include itself many times over on each level. */
#define FILES_MAX 256
#define FILE_MAX (1024 * 1024)

typedef struct {
  WherrySshConfig *config;
  const char *file; /* as it is shown */
  guint line;
  guint depth;
  const WherrySshConfigBlock *parent; /* (nullable): the block that includes this file */
  const WherrySshConfigBlock *block;  /* (nullable): the one at work */
} Reader;

static void read_text (Reader *self, const char *text);

static void
criterion_clear (gpointer data)
{
  WherrySshConfigCriterion *criterion = data;

  g_strfreev (criterion->patterns);
}

/**
 * wherry_ssh_config_block_free:
 * @block: (transfer full): a block
 */
void
wherry_ssh_config_block_free (WherrySshConfigBlock *block)
{
  g_array_unref (block->criteria);
  g_free (block);
}

/**
 * wherry_ssh_config_option_free:
 * @option: (transfer full): an option
 */
void
wherry_ssh_config_option_free (WherrySshConfigOption *option)
{
  g_free (option->keyword);
  g_strfreev (option->arguments);
  g_free (option);
}

static WherrySshConfigBlock *
begin_block (Reader *self)
{
  WherrySshConfigBlock *block = g_new0 (WherrySshConfigBlock, 1);

  block->parent = self->parent;
  block->criteria = g_array_new (FALSE, FALSE, sizeof (WherrySshConfigCriterion));
  g_array_set_clear_func (block->criteria, criterion_clear);
  g_ptr_array_add (self->config->blocks, block);
  self->block = block;
  return block;
}

static void
add_criterion (WherrySshConfigBlock *block,
               WherrySshConfigSubject subject,
               gboolean negated,
               char **patterns)
{
  WherrySshConfigCriterion criterion = { subject, negated, patterns };

  g_array_append_val (block->criteria, criterion);
}

static void
begin_host (Reader *self, char **patterns)
{
  add_criterion (begin_block (self), WHERRY_SSH_CONFIG_ALIAS, FALSE, g_strdupv (patterns));
}

/* A block that can't be judged never applies, and that is said. */
static void
skip_match (Reader *self, WherrySshConfigBlock *block, const char *word)
{
  g_autofree char *shown = wherry_text_escape (word, -1, 64);

  block->never = TRUE;
  wherry_ssh_config_warn (self->config, self->file, self->line,
                          _ ("“Match %s” is not followed: its block is skipped"), shown);
}

static gboolean
find_subject (const char *name, WherrySshConfigSubject *subject)
{
  static const struct {
    const char *name;
    WherrySshConfigSubject subject;
  } subjects[] = {
    { "host", WHERRY_SSH_CONFIG_HOST },
    { "originalhost", WHERRY_SSH_CONFIG_ALIAS },
    { "user", WHERRY_SSH_CONFIG_USER },
    { "localuser", WHERRY_SSH_CONFIG_LOCAL_USER },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (subjects); i++)
    if (g_ascii_strcasecmp (name, subjects[i].name) == 0)
      {
        *subject = subjects[i].subject;
        return TRUE;
      }
  return FALSE;
}

/* ssh_config(5), "Match": criteria with their patterns, or "all" alone. */
static void
begin_match (Reader *self, char **words)
{
  WherrySshConfigBlock *block = begin_block (self);

  if (words[0] == NULL)
    {
      skip_match (self, block, "");
      return;
    }
  if (g_ascii_strcasecmp (words[0], "all") == 0 && words[1] == NULL)
    return;
  for (gsize i = 0; words[i] != NULL; i++)
    {
      gboolean negated = words[i][0] == '!';
      WherrySshConfigSubject subject;

      if (!find_subject (words[i] + (negated ? 1 : 0), &subject) || words[i + 1] == NULL)
        {
          skip_match (self, block, words[i]);
          return;
        }
      add_criterion (block, subject, negated, g_strsplit (words[++i], ",", -1));
    }
}

static void
include_file (Reader *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (self->depth >= DEPTH_MAX || self->config->files->len >= FILES_MAX)
    {
      wherry_ssh_config_warn (self->config, self->file, self->line,
                              _ ("“Include” leads too deep, or to too many files; it ends here"));
      return;
    }
  text = wherry_bounded_file_load (path, FILE_MAX, NULL, &error);
  if (text == NULL)
    {
      wherry_ssh_config_warn (self->config, self->file, self->line, "%s", error->message);
      return;
    }

  Reader reader = {
    .config = self->config,
    .depth = self->depth + 1,
    .parent = self->block,
    .block = self->block,
  };
  g_ptr_array_add (self->config->files, wherry_text_display_name (path));
  reader.file = g_ptr_array_index (self->config->files, self->config->files->len - 1);
  read_text (&reader, text);
}

/* What is not there is passed over, as ssh(1) does. */
static void
include (Reader *self, char **arguments)
{
  for (gsize i = 0; arguments[i] != NULL; i++)
    {
      g_autofree char *whole = wherry_ssh_config_expand_tilde (arguments[i]);
      g_autofree char *pattern = NULL;
      glob_t found = { 0 };

      if (whole == NULL)
        continue;
      pattern = g_path_is_absolute (whole)
                    ? g_strdup (whole)
                    : g_build_filename (g_get_home_dir (), ".ssh", whole, NULL);
      if (glob (pattern, 0, NULL, &found) == 0)
        for (gsize j = 0; j < found.gl_pathc; j++)
          include_file (self, found.gl_pathv[j]);
      globfree (&found);
    }
}

static void
read_line (Reader *self, char **words)
{
  g_autofree char *keyword = g_ascii_strdown (words[0], -1);
  WherrySshConfigOption *option;

  if (g_str_equal (keyword, "match"))
    begin_match (self, words + 1);
  else if (g_str_equal (keyword, "host"))
    begin_host (self, words + 1);
  else if (words[1] == NULL)
    {
      g_autofree char *shown = wherry_text_escape (words[0], -1, 64);

      wherry_ssh_config_warn (self->config, self->file, self->line,
                              _ ("“%s” says nothing; the line is skipped"), shown);
    }
  else if (g_str_equal (keyword, "include"))
    include (self, words + 1);
  else
    {
      option = g_new0 (WherrySshConfigOption, 1);
      option->file = self->file;
      option->line = self->line;
      option->keyword = g_steal_pointer (&keyword);
      option->arguments = g_strdupv (words + 1);
      option->block = self->block;
      g_ptr_array_add (self->config->options, option);
    }
}

static void
read_text (Reader *self, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = wherry_ssh_config_split_line (lines[i]);

      self->line = i + 1;
      if (words == NULL)
        wherry_ssh_config_warn (self->config, self->file, self->line,
                                _ ("a quotation mark is not closed; the line is skipped"));
      else if (words[0] != NULL)
        read_line (self, words);
    }
}

/**
 * wherry_ssh_config_read:
 * @self: a configuration
 * @path: the name of the file
 * @text: what is in it
 *
 * Takes in a file, and those it includes.
 */
void
wherry_ssh_config_read (WherrySshConfig *self, const char *path, const char *text)
{
  Reader reader = { .config = self };

  g_ptr_array_add (self->files, wherry_text_display_name (path));
  reader.file = g_ptr_array_index (self->files, self->files->len - 1);
  read_text (&reader, text);
}
