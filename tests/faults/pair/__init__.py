"""Two small services on the chassis, the publisher (publisher) and the counter, all of whose effects can be counted.

The publisher numbers events per account and publishes them. The counter stores them and publishes an event for each.
The publisher stores these echoes, and calls an external system once per command. Both are as small as possible, so that
a fault must be in the chassis.
"""
