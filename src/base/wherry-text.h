#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Longest text of a server that is ever shown, in bytes (rule R6). */
#define WHERRY_TEXT_SERVER_MAX 1024

/** Why a name is not accepted; %WHERRY_NAME_OK if it is. */
typedef enum {
  WHERRY_NAME_OK,
  WHERRY_NAME_HOSTILE,  /* empty, ".", "..", or with a "/" or NUL: no honest server sends it */
  WHERRY_NAME_UNFIT,    /* control bytes or over 255 bytes: legal there, not wanted here */
} WherryNameVerdict;

char              *wherry_text_escape        (const char *bytes,
                                              gssize      length,
                                              gsize       max_bytes);
char              *wherry_text_escape_name   (const char *bytes,
                                              gsize       length,
                                              gsize       max_bytes);
char              *wherry_text_display_name  (const char *name);
char              *wherry_text_quote_shell   (const char *path);
char              *wherry_text_quote_path    (const char *path);
char             **wherry_text_split_list    (const char *text);
WherryNameVerdict  wherry_text_check_name    (const char *name,
                                              gsize       length);

G_END_DECLS
