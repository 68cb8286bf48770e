"""The console handles no events. It only keeps a copy of the union tree (`references` in `__main__`)."""

from chassis.messaging import Subscriptions

on = Subscriptions()
