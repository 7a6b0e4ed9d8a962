#include "config.h"

#include "remote/wherry-remote-mode.h"

#include <string.h>
#include <sys/stat.h>

#define ALL 07777

/**
 * wherry_mode_to_symbolic:
 * @mode: permissions; other bits don't matter
 *
 * Returns: (transfer full): nine letters as of `ls -l`, such as `rwxr-sr-t`
 */
char *
wherry_mode_to_symbolic (guint32 mode)
{
  char text[10] = "---------";

  for (guint i = 0; i < 9; i++)
    if (mode & (0400u >> i))
      text[i] = "rwx"[i % 3];
  if (mode & S_ISUID)
    text[2] = mode & S_IXUSR ? 's' : 'S';
  if (mode & S_ISGID)
    text[5] = mode & S_IXGRP ? 's' : 'S';
  if (mode & S_ISVTX)
    text[8] = mode & S_IXOTH ? 't' : 'T';
  return g_strdup (text);
}

/**
 * wherry_mode_from_symbolic:
 * @text: nine letters; see wherry_mode_to_symbolic()
 * @mode: (out): the permissions
 *
 * Returns: whether @text is such
 */
gboolean
wherry_mode_from_symbolic (const char *text, guint32 *mode)
{
  static const guint32 special[] = { S_ISUID, S_ISGID, S_ISVTX };
  guint32 result = 0;

  if (strlen (text) != 9)
    return FALSE;
  for (guint i = 0; i < 9; i++)
    {
      guint32 bit = 0400u >> i;
      char mark = i == 8 ? 't' : 's';

      if (text[i] == "rwx"[i % 3])
        result |= bit;
      else if (i % 3 == 2 && text[i] == mark)
        result |= bit | special[i / 3];
      else if (i % 3 == 2 && text[i] == g_ascii_toupper (mark))
        result |= special[i / 3];
      else if (text[i] != '-')
        return FALSE;
    }
  *mode = result;
  return TRUE;
}

/**
 * wherry_mode_to_octal:
 * @mode: permissions; other bits don't matter
 *
 * Returns: (transfer full): three octal digits, or four if the first isn't 0
 */
char *
wherry_mode_to_octal (guint32 mode)
{
  return g_strdup_printf ("%03o", mode & ALL);
}

/**
 * wherry_mode_from_octal:
 * @text: up to four octal digits, and any zeros before them
 * @mode: (out): the permissions
 *
 * Returns: whether @text is such
 */
gboolean
wherry_mode_from_octal (const char *text, guint32 *mode)
{
  guint32 result = 0;

  if (*text == '\0' || strlen (text) > 8)
    return FALSE;
  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p < '0' || *p > '7')
        return FALSE;
      result = result * 8 + (guint32) (*p - '0');
      if (result > ALL)
        return FALSE;
    }
  *mode = result;
  return TRUE;
}

/**
 * wherry_mode_change_to:
 * @mode: permissions
 *
 * Returns: the change that leads to exactly these
 */
WherryModeChange
wherry_mode_change_to (guint32 mode)
{
  return (WherryModeChange){ .set = mode & ALL, .clear = ALL };
}

/* The bits a class's letters stand for; FALSE at an unknown one. */
static gboolean
parse_permissions (const char *text, gsize length, guint32 classes, guint32 *bits, guint32 *search)
{
  *bits = *search = 0;
  for (gsize i = 0; i < length; i++)
    switch (text[i])
      {
      case 'r':
        *bits |= classes & 0444;
        break;
      case 'w':
        *bits |= classes & 0222;
        break;
      case 'x':
        *bits |= classes & 0111;
        break;
      case 'X':
        *search |= classes & 0111;
        break;
      case 's':
        *bits |= (classes & 0700 ? S_ISUID : 0) | (classes & 0070 ? S_ISGID : 0);
        break;
      case 't':
        *bits |= S_ISVTX;
        break;
      default:
        return FALSE;
      }
  return TRUE;
}

static gboolean
parse_clause (const char *text, gsize length, WherryModeChange *change)
{
  guint32 classes = 0;
  guint32 bits, search;
  gsize i = 0;
  char operator;

  for (; i < length && strchr ("ugoa", text[i]) != NULL; i++)
    classes |= text[i] == 'u' ? 0700 : text[i] == 'g' ? 0070 : text[i] == 'o' ? 0007 : 0777;
  if (classes == 0)
    classes = 0777;
  if (i == length)
    return FALSE;
  operator= text[i++];
  if (!parse_permissions (text + i, length - i, classes, &bits, &search))
    return FALSE;

  if (operator== '-')
    {
      bits |= search;
      change->clear |= bits;
      change->set &= ~bits;
      change->set_search &= ~bits;
      return TRUE;
    }
  if (operator== '=')
    {
      guint32 all = classes | (classes & 0700 ? S_ISUID : 0) | (classes & 0070 ? S_ISGID : 0);
      change->clear |= all;
      change->set &= ~all;
      change->set_search &= ~all;
    }
  else if (operator!= '+')
    return FALSE;
  change->set |= bits;
  change->set_search |= search;
  return TRUE;
}

/**
 * wherry_mode_change_parse:
 * @text: octal digits, or clauses as chmod takes them: `u+rwX,go-w`, `a=rX`;
 *   without a class, all are meant
 * @change: (out): the change
 *
 * Returns: whether @text is such
 */
gboolean
wherry_mode_change_parse (const char *text, WherryModeChange *change)
{
  g_auto (GStrv) clauses = NULL;
  WherryModeChange result = { 0 };
  guint32 mode;

  if (wherry_mode_from_octal (text, &mode))
    {
      *change = wherry_mode_change_to (mode);
      return TRUE;
    }
  clauses = g_strsplit (text, ",", 32);
  if (clauses[0] == NULL)
    return FALSE;
  for (guint i = 0; clauses[i] != NULL; i++)
    if (!parse_clause (clauses[i], strlen (clauses[i]), &result))
      return FALSE;
  *change = result;
  return TRUE;
}

/**
 * wherry_mode_change_apply:
 * @self: a change
 * @mode: permissions; other bits stay
 * @is_folder: whether they are a folder's
 *
 * Returns: what they become
 */
guint32
wherry_mode_change_apply (const WherryModeChange *self, guint32 mode, gboolean is_folder)
{
  guint32 result = (mode & ~(self->clear & ALL)) | (self->set & ALL);

  if (is_folder || (mode & 0111) != 0)
    result |= self->set_search & 0111;
  return result;
}

static void
append_clauses (GString *text, char operator, guint32 bits, guint32 search)
{
  for (guint i = 0; i < 3; i++)
    {
      guint32 of_class = bits >> (6 - 3 * i);
      gboolean special = (i == 0 && bits & S_ISUID) || (i == 1 && bits & S_ISGID);
      gboolean searches = (search >> (6 - 3 * i)) & 1;

      if ((of_class & 7) == 0 && !special && !searches)
        continue;
      g_string_append_printf (text, "%s%c%c%s%s%s%s%s", text->len > 0 ? "," : "",
                              "ugo"[i], operator, of_class & 4 ? "r" : "", of_class & 2 ? "w" : "",
                              of_class & 1 ? "x" : "", special ? "s" : "", searches ? "X" : "");
    }
  if (bits & S_ISVTX)
    g_string_append_printf (text, "%s%ct", text->len > 0 ? "," : "", operator);
}

/**
 * wherry_mode_change_to_text:
 * @self: a change
 *
 * Returns: (transfer full): the change as chmod takes it: `u+rwX,g-w`; octal if
 *   it leads to the same permissions from anywhere (with five digits, or GNU's would
 *   keep a folder's special bits); "" if it changes nothing
 */
char *
wherry_mode_change_to_text (const WherryModeChange *self)
{
  GString *text = g_string_new (NULL);

  if ((self->clear & ALL) == ALL && self->set_search == 0)
    g_string_printf (text, "%05o", self->set & ALL);
  else
    {
      /* X looks at the execute bits as they are by then: it goes first, and what it sets is not
       * cleared after it. */
      append_clauses (text, '+', 0, self->set_search);
      append_clauses (text, '-', self->clear & ~(self->set | self->set_search) & ALL, 0);
      append_clauses (text, '+', self->set & ALL, 0);
    }
  return g_string_free (text, FALSE);
}
