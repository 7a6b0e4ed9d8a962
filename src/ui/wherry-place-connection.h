#pragma once

#include <gio/gio.h>

#include "ssh/wherry-session.h"

G_BEGIN_DECLS

/**
 * WherryPlaceState:
 * @WHERRY_PLACE_IDLE: not connected, and not about to be; with an error if that
 *   was tried in vain
 * @WHERRY_PLACE_CONNECTING: a first or a further try is under way
 * @WHERRY_PLACE_CONNECTED: connected
 * @WHERRY_PLACE_LOST: was connected, and may be again; with an error if that was
 *   tried in vain, and perhaps with a delay until it is tried again
 */
typedef enum {
  WHERRY_PLACE_IDLE,
  WHERRY_PLACE_CONNECTING,
  WHERRY_PLACE_CONNECTED,
  WHERRY_PLACE_LOST,
} WherryPlaceState;

/**
 * WherryPlaceConnection:
 *
 * The connection of one place: made, watched, and made again. One that was lost is
 * made again by itself, with ever longer waits, for as long as it is only the way
 * to the server that fails: after a login that was refused or declined, or a host
 * key that is not the right one, a person has to want it. Main thread only.
 *
 * Signals: "changed", with every change of the state.
 */
#define WHERRY_TYPE_PLACE_CONNECTION (wherry_place_connection_get_type ())
G_DECLARE_FINAL_TYPE (WherryPlaceConnection, wherry_place_connection, WHERRY, PLACE_CONNECTION, GObject)

WherryPlaceConnection *wherry_place_connection_new         (WherrySessionPool     *pool);
void                   wherry_place_connection_open        (WherryPlaceConnection *self,
                                                            const WherryLogin     *login);
void                   wherry_place_connection_reopen      (WherryPlaceConnection *self);
void                   wherry_place_connection_close       (WherryPlaceConnection *self);
void                   wherry_place_connection_check       (WherryPlaceConnection *self);
WherryPlaceState       wherry_place_connection_get_state   (WherryPlaceConnection *self);
const WherryLogin     *wherry_place_connection_get_login   (WherryPlaceConnection *self);
WherrySession         *wherry_place_connection_get_session (WherryPlaceConnection *self);
const GError          *wherry_place_connection_get_error   (WherryPlaceConnection *self);
guint                  wherry_place_connection_get_delay   (WherryPlaceConnection *self);

G_END_DECLS
