"""The pair: two small services on the chassis, the publisher and the counter. All their effects can be counted.

The publisher numbers events per account and publishes them. The counter stores each event, and publishes another event
for it, the echo. The publisher stores the echoes, and calls an external system once per command. Both services are so
small that a fault must be in the chassis.
"""
