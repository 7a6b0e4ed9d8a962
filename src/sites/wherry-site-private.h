#pragma once

#include "sites/wherry-site.h"

G_BEGIN_DECLS

/** Begins the name of a site's group; the identifier follows. */
#define WHERRY_SITE_GROUP "Site "

GParamSpec *wherry_site_get_pspec    (WherrySiteField  field);
GKeyFile   *wherry_site_get_unknown  (WherrySite      *self);
void        wherry_site_take_unknown (WherrySite      *self,
                                      GKeyFile        *unknown);

G_END_DECLS
