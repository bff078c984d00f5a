# Reads the window as a screen reader does, by AT-SPI: prints a line for each element (role, name, value), presses the button
# "Hide panels", and waits for the button "Show panels". Needs a session bus.
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib

PATIENCE_S = 180


def listen(is_on):
    """Says on the session bus whether a screen reader is running."""
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    wish = GLib.Variant("(ssv)", ("org.a11y.Status", "ScreenReaderEnabled", GLib.Variant("b", is_on)))
    properties = "org.freedesktop.DBus.Properties"
    bus.call_sync("org.a11y.Bus", "/org/a11y/bus", properties, "Set", wish, None, 0, -1)


def elements(node):
    if node is None:
        return
    yield node
    for index in range(node.get_child_count()):
        yield from elements(node.get_child_at_index(index))


def value(node):
    try:
        return Atspi.Text.get_text(node, 0, -1)
    except GLib.Error:
        return ""


def program():
    desktop = Atspi.get_desktop(0)
    all_programs = (desktop.get_child_at_index(index) for index in range(desktop.get_child_count()))
    return next((it for it in all_programs if it and it.get_name() == "netglobe"), None)


class Element:
    """What an element says. It is read at once, because the element may soon be gone."""

    def __init__(self, node):
        self.node, self.role, self.name, self.value = node, node.get_role_name(), node.get_name(), value(node)


def wait_for(what, is_right):
    """All elements, once they are right."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            found = [Element(node) for node in elements(program())]
            if is_right(found):
                return found
        except GLib.Error:
            pass  # An element has gone meanwhile.
        time.sleep(0.2)
    sys.exit(f"waited in vain for {what}")


def named(found, name):
    return next((it for it in found if it.name == name), None)


listen(True)
Atspi.init()
found = wait_for("rows", lambda found: any(it.role == "table row" for it in found))
for element in found:
    print(element.role, element.name, element.value, sep="\t")
Atspi.Action.do_action(named(found, "Hide panels").node, 0)
wait_for("the panels to hide", lambda found: named(found, "Show panels") and not named(found, "Connections"))
print("pressed")
listen(False)
