"""The pair: two small services on the chassis, the publisher and the counter. All their effects can be counted.

The publisher publishes events of accounts, and numbers the events of each account 1, 2, 3, … The counter stores each
event, and answers it with an event of its own, the echo. The publisher stores the echoes. It calls an external system
once per command. Both services are so small that a fault must be in the chassis.
"""
