#pragma once

#include "sites/wherry-site-store.h"
#include "transfer/wherry-transfer.h"

G_BEGIN_DECLS

/*
 * What the preferences and the sites say of how files are copied, made into
 * transfers.
 */

WherryTransfer *wherry_transfer_rules_make (const WherryEndpoint  *source,
                                            const WherryEndpoint  *target,
                                            WherrySiteStore       *sites,
                                            GSettings             *settings,
                                            WherrySite            *rules);
WherrySite     *wherry_transfer_rules_dup  (const WherryLogin     *login,
                                            WherrySiteStore       *sites,
                                            GSettings             *settings);

G_END_DECLS
