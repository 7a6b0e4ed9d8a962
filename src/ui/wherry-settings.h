#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define WHERRY_SETTINGS_SCHEMA               "app.wherry.Wherry"
#define WHERRY_SETTINGS_WINDOW_WIDTH         "window-width"
#define WHERRY_SETTINGS_WINDOW_HEIGHT        "window-height"
#define WHERRY_SETTINGS_WINDOW_MAXIMIZED     "window-maximized"
#define WHERRY_SETTINGS_SIDEBAR              "sidebar"
#define WHERRY_SETTINGS_TRANSFERS_OPEN       "transfers-open"
#define WHERRY_SETTINGS_KEEP_SECRETS         "keep-secrets"
#define WHERRY_SETTINGS_LAST_LOCATION        "last-location"
#define WHERRY_SETTINGS_LAST_FOLDERS         "last-folders"
#define WHERRY_SETTINGS_LAST_DOWNLOAD_FOLDER "last-download-folder"
#define WHERRY_SETTINGS_DROP_WINDOW_WIDTH    "drop-window-width"
#define WHERRY_SETTINGS_DROP_WINDOW_HEIGHT   "drop-window-height"
#define WHERRY_SETTINGS_RECENT_SERVERS       "recent-servers"
#define WHERRY_SETTINGS_SHOW_HIDDEN          "show-hidden"
#define WHERRY_SETTINGS_TRANSFERS_AT_ONCE    "transfers-at-once"
#define WHERRY_SETTINGS_TRANSFERS_PER_SITE   "transfers-per-site"
#define WHERRY_SETTINGS_LIMIT_SPEED          "limit-speed"
#define WHERRY_SETTINGS_SPEED_LIMIT          "speed-limit"
#define WHERRY_SETTINGS_CONFLICTS            "conflicts"
#define WHERRY_SETTINGS_PRESERVE             "preserve"
#define WHERRY_SETTINGS_VERIFY               "verify"
#define WHERRY_SETTINGS_WHEN_CLOSED          "when-closed"

GSettings *wherry_settings_new (void);

G_END_DECLS
