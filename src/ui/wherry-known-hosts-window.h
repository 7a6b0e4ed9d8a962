#pragma once

#include <adwaita.h>

#include "sites/wherry-host-key-chain.h"

G_BEGIN_DECLS

/**
 * WherryKnownHostsWindow:
 *
 * The host keys on record: to look for, to forget, and to be copied from
 * OpenSSH's files.
 */
#define WHERRY_TYPE_KNOWN_HOSTS_WINDOW (wherry_known_hosts_window_get_type ())
G_DECLARE_FINAL_TYPE (WherryKnownHostsWindow, wherry_known_hosts_window, WHERRY, KNOWN_HOSTS_WINDOW, AdwWindow)

GtkWidget *wherry_known_hosts_window_new (WherryHostKeyChain *host_keys);

G_END_DECLS
