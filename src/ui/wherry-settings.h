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

GSettings *wherry_settings_new (void);

G_END_DECLS
