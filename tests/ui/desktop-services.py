"""What a desktop has and a bare session bus lacks: somebody who shows notifications, and a session manager.

Prints what they are asked for, a line each; ends when it is told to.
"""

import sys

import gi

gi.require_version('Gio', '2.0')

from gi.repository import Gio, GLib  # noqa: E402

INTERFACES = Gio.DBusNodeInfo.new_for_xml('''
<node>
  <interface name="org.freedesktop.Notifications">
    <method name="GetCapabilities"><arg type="as" direction="out"/></method>
    <method name="GetServerInformation">
      <arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
    </method>
    <method name="Notify">
      <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
      <arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
      <arg type="u" direction="out"/>
    </method>
    <method name="CloseNotification"><arg type="u" direction="in"/></method>
  </interface>
  <interface name="org.gnome.SessionManager">
    <method name="RegisterClient">
      <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="o" direction="out"/>
    </method>
    <method name="UnregisterClient"><arg type="o" direction="in"/></method>
    <method name="Inhibit">
      <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="u" direction="in"/>
      <arg type="u" direction="out"/>
    </method>
    <method name="Uninhibit"><arg type="u" direction="in"/></method>
    <property name="SessionIsActive" type="b" access="read"/>
  </interface>
</node>''').interfaces
OBJECTS = {'org.freedesktop.Notifications': '/org/freedesktop/Notifications', 'org.gnome.SessionManager': '/org/gnome/SessionManager'}
COOKIE = 7


def answer(_connection, _sender, _path, _interface, method, parameters, invocation):
    values = parameters.unpack()
    if method == 'GetCapabilities':
        reply = GLib.Variant('(as)', (['body', 'actions'],))
    elif method == 'GetServerInformation':
        reply = GLib.Variant('(ssss)', ('test', 'wherry', '1', '1.2'))
    elif method == 'Notify':
        print('notify', values[3], '|', values[4], flush=True)
        reply = GLib.Variant('(u)', (1,))
    elif method == 'RegisterClient':
        reply = GLib.Variant('(o)', ('/org/gnome/SessionManager/Client1',))
    elif method == 'Inhibit':
        print('inhibit', values[3], values[2], flush=True)
        reply = GLib.Variant('(u)', (COOKIE,))
    else:
        if method == 'Uninhibit':
            print('uninhibit', values[0], flush=True)
        reply = None
    invocation.return_value(reply)


def main():
    connection = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    for interface in INTERFACES:
        connection.register_object(OBJECTS[interface.name], interface, answer, lambda *_: GLib.Variant('b', True), None)
        Gio.bus_own_name_on_connection(connection, interface.name, Gio.BusNameOwnerFlags.NONE,
                                       lambda _, name: print('is', name, flush=True), lambda *_: sys.exit(1))
    GLib.MainLoop().run()


main()
