#include "base/wherry-error.h"

G_DEFINE_QUARK (wherry-error-quark, wherry_error);
