#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What was tried when the system said no. */
typedef enum {
  WHERRY_LOCAL_OPEN,
  WHERRY_LOCAL_READ,
  WHERRY_LOCAL_CREATE,
  WHERRY_LOCAL_WRITE,
  WHERRY_LOCAL_SYNC,
  WHERRY_LOCAL_PLACE,
  WHERRY_LOCAL_ATTRIBUTES,
} WherryLocalAttempt;

void wherry_local_set_error (GError             **error,
                             WherryLocalAttempt   attempt,
                             const char          *path,
                             int                  errno_value);

G_END_DECLS
