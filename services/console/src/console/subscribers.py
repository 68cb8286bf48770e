"""The subscriptions of the console: none but its copy of the union tree (`references` in `__main__`)."""

from chassis.messaging import Subscriptions

on = Subscriptions()
